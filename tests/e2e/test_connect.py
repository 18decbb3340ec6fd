"""A smarthost with several addresses, of which some are down."""

import contextlib
import re
import socket
import subprocess
import time

import pytest

from harness import children, environment, program, run, wait_until

ONE = "one@example.net"
NAME = "smarthost.example.org"
FLUSH = ["unshare", "--mount", "sh", "-c",
         'mount --bind "$1" /etc/hosts && shift && exec "$@"', "sh"]
pytestmark = pytest.mark.usefixtures("root")


@pytest.fixture
def silent():
    """Makes addresses where a port is open, but nobody ever answers: what
    may wait there for being accepted does so already."""
    with contextlib.ExitStack() as stack:
        def make(address, port):
            listener = stack.enter_context(socket.socket())
            listener.bind((address, port))
            listener.listen(0)
            for _ in range(4):
                filler = stack.enter_context(socket.socket())
                filler.setblocking(False)
                filler.connect_ex((address, port))
            time.sleep(0.05)

        yield make


@pytest.fixture
def use(site):
    """Gives NAME these addresses and relays to it; like site.use."""
    def use(host, *addresses, scheme="smtps", **settings):
        (site.directory / "hosts").write_text("".join(
            f"{address} {NAME}\n" for address in addresses))
        path = site.directory / "fingerprint"
        result = run(["openssl", "x509", "-in", str(host.certificate),
                      "-noout", "-fingerprint", "-sha256"])
        path.write_text(result.stdout)
        digest = result.stdout.strip().rpartition("=")[2]
        site.use(host, relay=f"{scheme}://{NAME}:{host.port}",
                 tls_fingerprint=f"SHA256:{digest}", **settings)

    return use


def command(site, *arguments):
    return [*FLUSH, str(site.directory / "hosts"), program("onehop-flush"),
            "-C", str(site.configuration), *arguments]


def flush(site):
    """One attempt: (status, seconds, what was logged)."""
    site.submit(ONE)
    began = time.monotonic()
    result = run(command(site, "-q"), env=environment())
    return result.status, time.monotonic() - began, result.stderr


def refusal(site, text):
    found = re.search(rf"cannot send: {NAME}:\d+: cannot connect: (.*); all "
                      "mail waits", text)
    assert found, text
    return found[1]


@pytest.mark.parametrize("down", [
    ["127.0.0.5"], ["127.0.0.5", "127.0.0.6", "127.0.0.7", "127.0.0.8"]])
def test_addresses_that_are_silent(site, smarthost, silent, use, down):
    host = smarthost()
    for address in down:
        silent(address, host.port)
    use(host, *down, "127.0.0.1")
    status, seconds, log = flush(site)
    assert status == 0, log
    assert f"connection established to {NAME}[127.0.0.1]:" in log
    assert seconds < 30
    assert len(host.sessions) == 1


def test_addresses_where_nobody_listens(site, smarthost, use):
    host = smarthost()
    use(host, "127.0.0.5", "127.0.0.6", "127.0.0.1", "::1")
    status, _, log = flush(site)
    assert status == 0, log
    assert f"connection established to {NAME}[127.0.0.1]:" in log


def test_no_address_answers(site, smarthost, silent, use):
    """All are named, and what happened to them; it takes as long as one."""
    host = smarthost()
    host.stop()
    mute = [f"127.0.0.{number}" for number in range(11, 16)]
    for address in mute:
        silent(address, host.port)
    use(host, *mute, "127.0.0.7", timeout="2s")
    status, seconds, log = flush(site)
    assert status == 75
    assert 2 <= seconds < 2 * len(mute)
    said = refusal(site, log)
    assert said.count("Connection refused") == 1
    assert re.search(r"127\.0\.0\.7: Connection refused", said)
    assert re.search(r"127\.0\.0\.1\d(, 127\.0\.0\.1\d)*: Connection timed "
                     "out", said)
    assert all(address in said for address in mute)
    host.start()


@pytest.mark.parametrize("address", ["127.0.0.9", "::1"])
def test_a_source_address(site, smarthost, use, address):
    host = smarthost(address="::" if ":" in address else "0.0.0.0")
    use(host, "127.0.0.1", "::1", source_address=address)
    status, _, log = flush(site)
    assert status == 0, log
    assert host.sessions[0].peer[0] == address
    assert f"{NAME}[{'::1' if ':' in address else '127.0.0.1'}]" in log


@pytest.mark.parametrize("source, addresses, said", [
    ("127.0.0.9", ["::1"], "it has no IPv4 address, as source-address "
     "127.0.0.9 needs it, only ::1"),
    ("::1", ["127.0.0.5", "127.0.0.6"], "it has no IPv6 address, as "
     "source-address ::1 needs it, only 127.0.0.5, 127.0.0.6"),
    ("192.0.2.1", ["127.0.0.1", "::1"], "from 192.0.2.1 to 127.0.0.1: "
     "Cannot assign requested address"),
])
def test_a_source_address_that_does_not_fit(site, smarthost, use, source,
                                            addresses, said):
    host = smarthost()
    use(host, *addresses, source_address=source)
    status, _, log = flush(site)
    assert status == 75
    assert refusal(site, log) == said
    assert host.sessions == []


def agent_arguments(pid):
    """The arguments of the agent of a flusher, when it has one."""
    for child in children(pid):
        with contextlib.suppress(OSError), \
                open(f"/proc/{child}/cmdline") as file:
            words = file.read().split("\0")
            if words[0] == "onehop-smtp":
                return words


def test_the_address_that_worked_is_remembered(site, smarthost, use):
    """The next agent begins with it, and its session is the next one's."""
    host = smarthost()
    use(host, "127.0.0.5", "127.0.0.6", "127.0.0.1", idle_timeout="1s")
    with site_flusher(site) as pid:
        site.submit(ONE)
        assert "-a" not in wait_until(lambda: agent_arguments(pid), "agent")
        wait_until(lambda: len(host.messages) == 1, "the first message")
        wait_until(lambda: not children(pid), "the end of the agent")
        site.submit(ONE)
        words = wait_until(lambda: agent_arguments(pid), "another agent")
        assert words[words.index("-a") + 1] == "127.0.0.1"
        wait_until(lambda: len(host.messages) == 2, "the second message")


@contextlib.contextmanager
def site_flusher(site):
    """A flusher that sees the hosts of the site."""
    process = subprocess.Popen(command(site), env=environment(),
                               stdin=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        yield process.pid
    finally:
        process.terminate()
        assert process.wait(60) == 0
