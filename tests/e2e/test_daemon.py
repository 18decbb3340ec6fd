"""onehop-flush as a program: signals, options, one at a time, its user."""

import os
import pathlib
import pwd
import re
import signal
import threading

import pytest

from harness import (PASSWORD, Site, children, environment, program, run,
                     wait_until)
from script import delay, drop, reply

ONE, TWO = "one@example.net", "two@example.net"


class Gate:
    """A step of the smarthost that waits until it is opened."""

    def __init__(self):
        self.reached = threading.Event()
        self.opened = threading.Event()

    def __call__(self, session):
        self.reached.set()
        while not self.opened.wait(0.01):
            if session.smarthost.stopping.is_set():
                break


@pytest.fixture
def gate(site):
    gate = Gate()
    yield gate
    gate.opened.set()


def test_it_is_woken_by_a_submission(site, smarthost):
    host = smarthost()
    site.use(host)
    flusher = site.flusher()
    for number in range(3):
        site.submit(ONE)
        flusher.log.wait_for("removed", number + 1)
    assert len(host.messages) == 3


def test_garbage_in_the_trigger_is_survived(site, smarthost):
    host = smarthost()
    site.use(host)
    flusher = site.flusher()
    wait_until(lambda: (site.spool.path / "trigger").exists(), "the trigger")
    with open(site.spool.path / "trigger", "wb", buffering=0) as trigger:
        for number in range(20):
            trigger.write(bytes(range(256)))
    site.submit(ONE)
    flusher.log.wait_for("removed")
    assert len(host.messages) == 1


def test_it_finds_what_was_there_before(site, smarthost):
    host = smarthost()
    site.use(host)
    site.submit(ONE)
    site.submit(TWO)
    site.flusher().log.wait_for("removed", 2)
    assert len(host.messages) == 2


def test_an_idle_agent_leaves(site, smarthost):
    host = smarthost()
    site.use(host, idle_timeout="1s")
    flusher = site.flusher()
    site.submit(ONE)
    flusher.log.wait_for("removed")
    wait_until(lambda: not flusher.agents(), "the end of the agent")
    assert host.sessions[0].quit
    site.submit(TWO)
    flusher.log.wait_for("removed", 2)
    assert len(host.sessions) == 2


def removed_files(pid):
    """What the process still has open of the files that were removed."""
    try:
        links = [os.readlink(path)
                 for path in pathlib.Path(f"/proc/{pid}/fd").iterdir()]
    except FileNotFoundError:
        return []
    return [link for link in links if link.endswith("(deleted)")]


def test_nothing_is_left_of_removed_files(site, smarthost):
    """Another process closes them, and leaves with the agents."""
    host = smarthost()
    site.use(host, connections=1, idle_timeout="1s")
    for _ in range(60):
        site.submit(ONE)
    flusher = site.flusher()
    flusher.log.wait_for("removed", 60)
    wait_until(lambda: not flusher.agents(), "the end of the agent")
    wait_until(lambda: not children(flusher.pid), "the end of the sweeper")
    assert removed_files(flusher.pid) == []
    # And again, with another one.
    site.submit(TWO)
    flusher.log.wait_for("removed", 61)
    wait_until(lambda: not children(flusher.pid), "the end of the sweeper")
    assert removed_files(flusher.pid) == []


def test_one_agent_until_authenticated_then_a_few(site, smarthost, gate):
    host = smarthost(script={"auth": gate, "end": delay(0.05)})
    site.use(host, connections=3)
    for number in range(40):
        site.submit(ONE)
    flusher = site.flusher()
    assert gate.reached.wait(60)
    assert len(host.sessions) == len(flusher.agents()) == 1
    gate.opened.set()
    flusher.log.wait_for("removed", 40)
    assert 1 <= len(host.sessions) <= 3


def test_sigterm_finishes_what_is_in_flight(site, smarthost, gate):
    host = smarthost(script={"end": gate})
    site.use(host, connections=1)
    site.submit(ONE)
    flusher = site.flusher()
    assert gate.reached.wait(60)
    flusher.signal(signal.SIGTERM)
    gate.opened.set()
    assert flusher.wait() == 0
    assert len(host.messages) == 1
    assert site.spool.names() == []
    wait_until(lambda: not host.open_sessions(), "the end of the session")
    assert host.sessions[0].quit


def test_an_interrupt_from_the_terminal_does_not_cut_a_message(
        site, smarthost, gate):
    host = smarthost(script={"end": gate})
    site.use(host)
    site.submit(ONE)
    flusher = site.flusher()
    assert gate.reached.wait(60)
    os.killpg(flusher.process.pid, signal.SIGINT)   # agents are in the group
    gate.opened.set()
    assert flusher.wait() == 0
    assert len(host.messages) == 1
    assert site.spool.names() == []


def test_sigterm_hands_back_what_has_not_begun(site, smarthost, gate):
    host = smarthost(script={"end": gate})
    site.use(host, connections=1)
    for number in range(50):
        site.submit(ONE)
    flusher = site.flusher()
    assert gate.reached.wait(60)
    flusher.signal(signal.SIGTERM)
    gate.opened.set()
    assert flusher.wait() == 0
    assert site.flush()[0] == 0
    assert len(host.messages) == 50     # none lost, none twice


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_flusher_ends_at_once(site, number):
    flusher = site.flusher()
    wait_until(lambda: (site.spool.path / "trigger").exists(), "the trigger")
    flusher.signal(number)
    assert flusher.wait() == 0


def test_sighup_reloads_the_configuration(site, smarthost):
    first, second = smarthost(), smarthost()
    site.use(first, idle_timeout="1h")
    flusher = site.flusher()
    site.submit(ONE)
    flusher.log.wait_for("removed")
    site.use(second)
    flusher.signal(signal.SIGHUP)
    wait_until(lambda: first.sessions[0].quit, "QUIT to the old smarthost")
    site.submit(TWO)
    flusher.log.wait_for("removed", 2)
    assert len(first.messages) == len(second.messages) == 1


def test_sighup_in_flight_loses_and_repeats_nothing(site, smarthost, gate):
    host = smarthost(script={"end": gate})
    site.use(host, connections=1)
    for number in range(5):
        site.submit(ONE)
    flusher = site.flusher()
    assert gate.reached.wait(60)
    flusher.signal(signal.SIGHUP)
    gate.opened.set()
    flusher.log.wait_for("removed", 5)
    assert len(host.messages) == 5


def test_sighup_with_a_mistake_is_said_and_survived(site, smarthost):
    host = smarthost()
    site.use(host)
    flusher = site.flusher()
    site.submit(ONE)
    flusher.log.wait_for("removed")
    with open(site.configuration, "a") as configuration:
        configuration.write("nonsense yes\n")
    flusher.signal(signal.SIGHUP)
    flusher.log.wait_for(r"onehop\.conf:\d+: .*nonsense")
    site.submit(TWO)
    flusher.log.wait_for("removed", 2)


def test_sighup_mends_the_password(site, smarthost):
    host = smarthost()
    site.use(host, relay_retry_min="1h", relay_retry_max="1h")
    site.set_password("wrong")
    flusher = site.flusher()
    site.submit(ONE)
    flusher.log.wait_for("535")
    site.set_password(PASSWORD)
    flusher.signal(signal.SIGHUP)
    flusher.log.wait_for("removed")


def test_a_second_flusher_says_so_and_exits(site):
    first = site.flusher()
    wait_until(lambda: (site.spool.path / "trigger").exists(), "the trigger")
    second = site.flusher()
    assert second.wait() == 75
    assert len(second.log.lines()) == 1
    assert re.search("(?i)another|already|running", second.log.text())
    assert first.status is None


def test_q_beside_a_daemon_says_so_and_exits(site):
    first = site.flusher()
    wait_until(lambda: (site.spool.path / "trigger").exists(), "the trigger")
    status, log = site.flush()
    assert status == 75
    assert re.search("(?i)another|already|running", log.text())
    assert first.status is None


def test_a_daemon_waits_for_a_passing_q(site, smarthost, gate):
    host = smarthost(script={f"rcpt:{ONE}": gate})
    site.use(host)
    site.submit(ONE)
    passing = site.flusher("-q")
    assert gate.reached.wait(60)
    daemon = site.flusher()
    wait_until(lambda: daemon.log.lines() or waits_for_lock(daemon.pid),
               "a daemon that waits")
    assert daemon.status is None
    gate.opened.set()
    assert passing.wait() == 0
    site.submit(TWO)
    daemon.log.wait_for(f"to=<{TWO}>.*status=sent")
    assert sorted(m.recipients[0] for m in host.messages) == [ONE, TWO]


def waits_for_lock(pid):
    """Asleep in a system call other than the poll of the main loop."""
    try:
        text = pathlib.Path(f"/proc/{pid}/wchan").read_text()
    except OSError:
        return False
    return "lock" in text or "sleep" in text


@pytest.mark.parametrize("queue, status", [("empty", 0), ("good", 0),
                                           ("bad", 75)])
def test_q_tells_whether_something_is_left(site, smarthost, queue, status):
    host = smarthost(script={"rcpt:bad@example.net": [drop()]})
    site.use(host)
    if queue != "empty":
        site.submit(f"{queue}@example.net")
    assert site.flush()[0] == status
    assert len(site.spool.names()) == (queue == "bad")


def test_q_tries_what_is_not_due_yet(site, smarthost):
    host = smarthost(script={"mail": [reply("451 4.3.0 later")]})
    site.use(host, retry_min="4h")
    site.submit(ONE)
    assert site.flush()[0] == 75
    assert site.flush()[0] == 0
    assert len(host.messages) == 1


def daemons(site):
    """The pids of flushers with this site's configuration."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if (os.fsencode(program("onehop-flush")) in words[:1]
                and os.fsencode(site.configuration) in words):
            found.append(int(path.parent.name))
    return found


def test_d_detaches(site, smarthost):
    host = smarthost()
    site.use(host)
    try:
        result = run([program("onehop-flush"), "-d", "-C",
                      str(site.configuration)])
        assert (result.status, result.stdout) == (0, "")
        [pid] = daemons(site)
        assert os.getsid(pid) != os.getsid(0)
        site.submit(ONE)
        wait_until(lambda: host.messages, "the message")
    finally:
        for pid in daemons(site):
            os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not daemons(site), "the end of the daemon")


def test_d_fails_in_the_foreground(site):
    """The second one says so before it detaches."""
    site.flusher()
    wait_until(lambda: (site.spool.path / "trigger").exists(), "the trigger")
    result = run([program("onehop-flush"), "-d", "-C",
                  str(site.configuration)])
    assert result.status == 75 and result.stderr
    assert len(daemons(site)) == 1


@pytest.mark.parametrize("arguments", [["-Z"], ["-q", "word"], ["-C"]])
def test_usage_errors(site, arguments):
    result = run([program("onehop-flush"), "-C", str(site.configuration),
                  *arguments])
    assert result.status == 64
    assert result.stderr


def test_a_mistake_in_the_configuration_is_said(site):
    with open(site.configuration, "a") as configuration:
        configuration.write("nonsense yes\n")
    line = len(site.configuration.read_text().splitlines())
    _, log = site.flush()
    assert log.lines(rf"onehop\.conf:{line}: .*nonsense")


@pytest.fixture
def site_of_nobody(open_directory, certificates, smarthost, root):
    """A site whose spool and password belong to an ordinary user."""
    owner = pwd.getpwnam("nobody")
    if run(["test", "-x", program("onehop-smtp")], user=owner.pw_uid,
           group=owner.pw_gid, extra_groups=[], cwd="/").status:
        pytest.skip("the programs are out of reach for user nobody")
    (open_directory / "spool").mkdir()
    site = Site(open_directory, certificates)
    for path in (site.spool.path, site.password):
        os.chown(path, owner.pw_uid, owner.pw_gid)
    site.ca = open_directory / "ca.pem"
    site.ca.write_bytes(certificates.ca.read_bytes())
    site.owner = owner
    yield site
    site.close()


def test_root_becomes_the_owner_of_the_spool(site_of_nobody, smarthost):
    site, owner = site_of_nobody, site_of_nobody.owner
    host = smarthost()
    site.use(host, idle_timeout="1h", tls_ca_file=site.ca)
    flusher = site.flusher()
    wait_until(lambda: (site.spool.path / "trigger").exists(), "the trigger")
    site.submit(ONE)
    flusher.log.wait_for("removed")
    for pid in (flusher.pid, *flusher.agents()):
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        for field, number in (("Uid", owner.pw_uid), ("Gid", owner.pw_gid)):
            ids = re.search(rf"{field}:\t(.*)", status)[1].split()
            assert set(ids) == {str(number)}
        assert re.search(r"Groups:\t\s*(\d*)\s*\n", status)[1] in (
            "", str(owner.pw_gid))
        assert "CapEff:\t0000000000000000" in status


def test_an_agent_inherits_nothing_but_its_message(site, smarthost, gate):
    """An agent knows no spool directory and none of the other messages."""
    host = smarthost(script={"content": gate})
    site.use(host, connections=1)
    site.submit(ONE, input=b"\n" + b"x" * 20000000)
    flusher = site.flusher()
    assert gate.reached.wait(60)
    [agent] = flusher.agents()
    opened = [os.readlink(path) for path in
              pathlib.Path(f"/proc/{agent}/fd").iterdir()]
    spool = str(site.spool.path)
    assert [path for path in opened if path.startswith(spool)] == [
        f"{spool}/new/{name}" for name in site.spool.names("new")]
    status = pathlib.Path(f"/proc/{agent}/status").read_text()
    assert "NoNewPrivs:\t1" in status


def test_the_environment_may_be_empty(site, smarthost):
    host = smarthost()
    site.use(host)
    site.submit(ONE)
    env = {"ONEHOP_LIBEXECDIR": environment()["ONEHOP_LIBEXECDIR"]}
    result = run([program("onehop-flush"), "-q", "-C",
                  str(site.configuration)], env=env)
    assert result.status == 0, result.stderr
