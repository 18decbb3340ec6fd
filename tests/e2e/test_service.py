"""What a service manager is told, and what it can pass: sd_notify, the
watchdog and sockets, with a manager that is nothing but a datagram socket."""

import os
import signal
import socket
import time

import pytest

from harness import children, run, wait_until
from script import delay, reply

ONE = "one@example.net"
DOWN = {"relay": "smtp://localhost:1", "tls": "none",
        "relay_retry_min": "1h", "relay_retry_max": "1h"}


class Manager:
    """Receives what services say."""

    def __init__(self, address, name):
        self.name = name
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.setblocking(False)
        self.heard = []

    def said(self):
        """All assignments so far, one after the other."""
        while True:
            try:
                text = self.socket.recv(8192).decode()
            except BlockingIOError:
                return self.heard
            assert text.endswith("\n") and "\n\n" not in text
            self.heard += text.splitlines()

    def wait_for(self, line, count=1):
        wait_until(lambda: self.said().count(line) >= count,
                   f"{count} times {line!r}")

    def wait_for_status(self, text):
        wait_until(lambda: [line for line in self.said()
                            if line.startswith("STATUS=")][-1:] ==
                   [f"STATUS={text}"], f"{text!r} after {self.heard}")

    def prefix(self, *variables):
        return ["env", f"NOTIFY_SOCKET={self.name}", *variables]

    def watching_prefix(self, ms):
        return ["sh", "-c", f'export NOTIFY_SOCKET={self.name} '
                f'WATCHDOG_PID=$$ WATCHDOG_USEC={ms}000; exec "$@"', "sh"]


@pytest.fixture
def manager(open_directory):
    path = str(open_directory / "notify")
    manager = Manager(path, path)
    os.chmod(path, 0o666)
    yield manager
    manager.socket.close()


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_it_says_when_it_works_and_when_it_stops(site, manager, kind):
    if kind == "abstract":
        name = f"onehop test {os.getpid()}"
        manager = Manager(f"\0{name}", f"@{name}")
    site.submit(ONE)
    site.configure(**DOWN)
    flusher = site.flusher(prefix=manager.prefix())
    manager.wait_for("READY=1")
    assert manager.said()[0].startswith("STATUS=waits for the spool")
    # What is there has been read then.
    assert manager.said()[1:3] == ["READY=1", "STATUS=1 message waits"]
    flusher.signal(signal.SIGTERM)
    assert flusher.wait() == 0
    assert manager.said()[-2:][0] == "STOPPING=1"
    assert manager.said()[-1].startswith("STATUS=stopping; 1 message waits")
    assert manager.said().count("READY=1") == 1


def test_the_status_in_plain_words(site, smarthost, manager):
    site.configure(**DOWN)
    flusher = site.flusher(prefix=manager.prefix())
    manager.wait_for_status("no message waits")
    for _ in range(2):
        site.submit(ONE)
    manager.wait_for_status("2 messages wait; cannot send: the smarthost "
                            "cannot be reached; see mailq")
    host = smarthost(script={"rcpt:late@example.net":
                             [reply("450 4.2.1 busy")]})
    site.use(host, relay_retry_min="1s", retry_min="1h")
    site.submit("late@example.net")
    flusher.signal(signal.SIGHUP)
    manager.wait_for_status("1 message waits")
    assert site.ctl("remove", "ALL").status == 0
    manager.wait_for_status("no message waits")


def test_what_the_smarthost_says_is_not_for_everybody(site, smarthost,
                                                      manager):
    host = smarthost(script={"greeting": reply("554 5.7.1 <secret@a.b> no")})
    site.use(host)
    site.submit(ONE)
    flusher = site.flusher(prefix=manager.prefix())
    flusher.log.wait_for("cannot send: .*secret")
    manager.wait_for_status("1 message waits; cannot send: the smarthost "
                            "refuses; see mailq")


def test_no_more_than_a_line_a_second(site, smarthost, manager):
    host = smarthost(script={"end": delay(0.02)})
    site.use(host)
    for _ in range(60):
        site.submit(ONE)
    begin = time.monotonic()
    site.flusher(prefix=manager.prefix())
    manager.wait_for_status("no message waits")
    took = time.monotonic() - begin
    assert len(manager.said()) <= 4 + took


def test_reload(site, manager):
    flusher = site.flusher(prefix=manager.prefix())
    manager.wait_for("READY=1")
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    flusher.signal(signal.SIGHUP)
    manager.wait_for("READY=1", 2)
    after = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    lines = manager.said()
    at = lines.index("RELOADING=1")
    key, _, value = lines[at + 1].partition("=")
    assert key == "MONOTONIC_USEC" and before <= int(value) <= after
    assert lines[at + 2:] == ["READY=1", "STATUS=no message waits"]


def test_a_reload_that_fails_is_told(site, manager):
    flusher = site.flusher(prefix=manager.prefix())
    manager.wait_for("READY=1")
    good = site.configuration.read_text()
    site.configuration.write_text(good + "nonsense yes\n")
    flusher.signal(signal.SIGHUP)
    manager.wait_for("READY=1", 2)
    manager.wait_for_status("no message waits; onehop.conf has mistakes and "
                            "was not read again")
    site.configuration.write_text(good)
    flusher.signal(signal.SIGHUP)
    manager.wait_for_status("no message waits")


def test_signs_of_life_come_from_the_main_loop(site, manager):
    """As often as they have to, and not when it hangs."""
    flusher = site.flusher(prefix=manager.watching_prefix(200))
    begin = time.monotonic()
    manager.wait_for("WATCHDOG=1", 8)
    assert 0.5 < time.monotonic() - begin
    flusher.signal(signal.SIGSTOP)
    time.sleep(0.05)
    count = manager.said().count("WATCHDOG=1")
    time.sleep(0.5)
    assert manager.said().count("WATCHDOG=1") == count
    flusher.signal(signal.SIGCONT)
    manager.wait_for("WATCHDOG=1", count + 1)


def test_the_watchdog_of_another_process(site, manager):
    site.flusher(prefix=manager.prefix("WATCHDOG_USEC=20000",
                                       "WATCHDOG_PID=1"))
    manager.wait_for("READY=1")
    time.sleep(0.2)
    assert "WATCHDOG=1" not in manager.said()


def test_no_child_takes_it_for_its_own(site, smarthost, manager, tmp_path):
    """A password-command sees what is left of the environment."""
    host = smarthost()
    site.use(host, password_file=None, password_command=f"env >{tmp_path}/env; "
             f"cat {site.password}")
    flusher = site.flusher(prefix=manager.watching_prefix(60000))
    site.submit(ONE)
    flusher.log.wait_for("removed")
    seen = (tmp_path / "env").read_text()
    assert "PATH=" in seen
    assert "NOTIFY" not in seen and "WATCHDOG" not in seen


def test_a_manager_that_has_gone_is_survived(site, smarthost, manager):
    site.use(smarthost())
    flusher = site.flusher(prefix=manager.prefix())
    manager.wait_for("READY=1")
    manager.socket.close()
    for count in (1, 2):
        flusher.signal(signal.SIGHUP)
        flusher.log.wait_for("configuration read again", count)
    site.submit(ONE)
    flusher.log.wait_for("removed")
    flusher.log.wait_for("cannot tell the service manager")
    assert len(flusher.log.lines("service manager")) == 1


def test_a_manager_that_is_not_there(site, smarthost):
    site.use(smarthost())
    flusher = site.flusher(prefix=["env", "NOTIFY_SOCKET=/nowhere"])
    flusher.log.wait_for("cannot reach the service manager at /nowhere")
    site.submit(ONE)
    flusher.log.wait_for("removed")


def test_e_ends_when_the_queue_is_empty(site, smarthost, manager):
    host = smarthost(script={"mail": [reply("451 4.3.0 later")]})
    site.use(host)
    site.submit(ONE)
    flusher = site.flusher("-e", prefix=manager.prefix())
    flusher.log.wait_for("status=deferred")
    # Not before: it is sent when the schedule says so.
    assert flusher.wait() == 0
    assert len(host.messages) == 1 and site.spool.names() == []
    assert "READY=1" in manager.said()


def test_e_has_a_breaker_like_any_daemon(site):
    """What starts it for new mail does not make it try the smarthost."""
    site.configure(**DOWN)
    site.submit(ONE)
    flusher = site.flusher("-e")
    flusher.log.wait_for("all mail waits")
    site.submit(ONE)
    time.sleep(0.3)
    assert flusher.status is None
    assert len(flusher.log.events()) == 1


def test_e_with_nothing_to_do(site):
    assert site.flusher("-e").wait() == 0


NAMESPACE = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]


def test_as_process_1_it_takes_orphans_away(site, smarthost):
    """In a container without init; signals are taken as well."""
    if run([*NAMESPACE, "true"]).status:
        pytest.skip("namespaces are not permitted")
    host = smarthost()
    site.use(host, password_file=None, password_command=
             f"(sleep 0.1; sleep 0.1) & cat {site.password}")
    flusher = site.flusher(prefix=NAMESPACE)
    for count in (1, 2, 3):
        site.submit(ONE)
        flusher.log.wait_for("removed", count)
        [pid] = children(flusher.pid)
        wait_until(lambda: not children(pid), "the end of its children")
    os.kill(pid, signal.SIGTERM)
    assert flusher.wait() == 0
