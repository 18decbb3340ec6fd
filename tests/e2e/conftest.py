"""Fixtures: certificates once, and for each test a site and its smarthosts."""

import os
import re
import shutil
import socket
import tempfile
import pathlib

import pytest

import certificates as certificate_store
import harness
from smarthost import Smarthost


def pytest_report_header():
    return f"programs under test: {harness.BUILD}"


def pytest_collection_modifyitems(items):
    """Without programs only the smarthost's own tests make sense."""
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
def open_directory():
    """A directory that every user can reach."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="onehop-test-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def root():
    if os.geteuid() != 0:
        pytest.skip("needs root")


@pytest.fixture
def syslog():
    """Gives the lines sent to /dev/log so far, without priority and time."""
    if os.getuid() != 0 or os.path.lexists("/dev/log"):
        pytest.skip("needs root and a /dev/log that nobody has")
    lines = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        def received():
            try:
                while True:
                    text = log.recv(8192).decode(errors="backslashreplace")
                    lines.append(re.sub(
                        r"^<\d+>\w{3} .\d \d\d:\d\d:\d\d ", "", text))
            except BlockingIOError:
                return lines

        log.bind("/dev/log")
        os.chmod("/dev/log", 0o666)
        try:
            log.setblocking(False)
            yield received
        finally:
            os.unlink("/dev/log")
