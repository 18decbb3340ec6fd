"""Fixtures: certificates once, and for each test a site and its smarthosts."""

import os
import re
import shutil
import socket
import tempfile
import threading
import time
import pathlib

import pytest

import accounts
import certificates as certificate_store
import devices
import harness
from smarthost import Smarthost


def pytest_report_header():
    return f"programs under test: {harness.BUILD}"


def pytest_sessionstart():
    devices.own()


def pytest_collection_modifyitems(items):
    """ONEHOP_PART=1/2 runs every second test, beginning with the second.

    Without programs only the smarthost's own tests make sense."""
    part, _, parts = os.environ.get("ONEHOP_PART", "0/1").partition("/")
    items[:] = items[int(part)::int(parts)]
    if os.access(harness.program("sendmail"), os.X_OK):
        return
    for item in items:
        if item.path.name != "test_smarthost.py":
            item.add_marker(pytest.mark.skip(
                reason=f"no programs in {harness.BUILD}; see ONEHOP_BUILD"))


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    if not shutil.which("openssl"):
        pytest.skip("the openssl command is not installed")
    directory = tmp_path_factory.mktemp("certificates")
    directory.chmod(0o755)
    return certificate_store.make(directory)


@pytest.fixture
def smarthost(certificates):
    """Makes smarthosts; none of them may have seen a protocol violation."""
    made = []

    def make(tls="implicit", **options):
        options.setdefault("certificate", certificates.good)
        options.setdefault("user", harness.USER)
        options.setdefault("password", harness.PASSWORD)
        made.append(Smarthost(tls=tls, **options).start())
        return made[-1]

    yield make
    for each in made:
        each.stop()
    assert [text for each in made for text in each.violations] == []


@pytest.fixture
def site(tmp_path, certificates, smarthost):
    """A site without a relay; it ends before its smarthosts do."""
    site = harness.Site(tmp_path, certificates)
    yield site
    site.close()


@pytest.fixture
def fast_site(certificates, smarthost):
    """A site on a file system where a sync costs nothing, if there is one."""
    shm = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    directory = pathlib.Path(tempfile.mkdtemp(prefix="onehop-", dir=shm))
    site = harness.Site(directory, certificates)
    yield site
    try:
        site.close()
    finally:
        shutil.rmtree(directory)


@pytest.fixture
def host(site, smarthost):
    """A smarthost that the site relays to."""
    host = smarthost()
    site.use(host)
    return host


@pytest.fixture
def open_directory():
    """A directory that every user can reach."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="onehop-test-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def optimized():
    """For what counts seconds, or does many times what others do once."""
    if harness.sanitized():
        pytest.skip("a sanitizer takes its time, and shows nothing here")


@pytest.fixture
def root():
    if os.geteuid() != 0:
        pytest.skip("needs root")


@pytest.fixture
def elsewhere(open_directory, root):
    """An account that is not in /etc/passwd; the name service knows it."""
    if not accounts.available():
        pytest.skip("needs libnss-extrausers and mounts of our own")
    with accounts.Elsewhere(open_directory) as account:
        yield account


@pytest.fixture
def syslog(open_directory, root):
    """Gives the lines sent to /dev/log so far, without priority and time."""
    if os.path.lexists("/dev/log"):
        pytest.skip("needs a /dev/log that nobody has")
    path = str(open_directory / "log")
    received = []

    def read(log):
        # All the time: whoever logs waits while the socket is full.
        while received[-1:] != ["end"]:
            text = log.recv(8192).decode(errors="backslashreplace")
            received.append(re.sub(
                r"^<\d+>\w{3} .\d \d\d:\d\d:\d\d ", "", text))

    def send(text):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
            log.sendto(text.encode(), path)

    def lines():
        mark = f"mark {time.monotonic_ns()}"
        send(mark)
        harness.wait_until(lambda: mark in received, "the end of the log")
        received.remove(mark)
        return list(received)

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.bind(path)
        os.chmod(path, 0o666)
        os.symlink(path, "/dev/log")
        reader = threading.Thread(target=read, args=[log])
        reader.start()
        try:
            yield lines
        finally:
            send("end")
            reader.join()
            os.unlink("/dev/log")


@pytest.fixture
def warnings(site, syslog):
    """Gives what has been warned about in the files of the site so far."""
    def lines():
        return [line.partition(" warning: ")[2].rstrip("\0\n")
                for line in syslog()
                if re.match(r"onehop/pickup\[\d+\]: warning: ", line) and
                str(site.directory) in line]

    return lines
