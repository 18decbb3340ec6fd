"""onehopctl hold and release: nothing is lost, and nothing is sent twice."""

import os
import re
import signal
import threading
import time

import pytest

from harness import program, run, wait_until
from script import reply

ONE, TWO, THREE = "one@example.net", "two@example.net", "three@example.net"


class Gate:
    """A step of the dialogue that waits, the first time, until it is let on."""

    def __init__(self, action=None):
        self.reached, self.opened = threading.Event(), threading.Event()
        self.action = action

    def __call__(self, session):
        if self.reached.is_set():
            return None
        self.reached.set()
        assert self.opened.wait(60)
        return self.action


@pytest.fixture
def gated(site, smarthost):
    """Gives a flusher in the midst of a message, and the gate."""
    def make(step, action=None, **script):
        gate = Gate(action)
        host = smarthost(script={step: gate, **script}, keywords=[])
        site.use(host, connections=1, retry_min="1h")
        flusher = site.flusher()
        return host, flusher, gate

    return make


def identity(path):
    return path.name.partition(".")[0]


def ctl(site, *arguments):
    result = site.ctl(*arguments)
    assert (result.status, result.stderr) == (0, "")
    return result.stdout


def sent_to(host):
    return sorted(address for m in host.messages for address in m.recipients)


def test_a_held_message_waits_for_its_release(site, smarthost):
    """Through retries, a restart and its lifetime; shown as held."""
    host = smarthost(script={"rcpt": [reply("451 4.3.0 later")]})
    site.use(host, retry_min="1h")
    site.submit(ONE)
    site.flush()
    site.submit(TWO)
    tried, new = site.spool.only("cur"), site.spool.only("new")
    told = ctl(site, "hold", identity(new), identity(tried))
    assert told == f"{new.name}: held\n{identity(tried)}: held\n"
    assert site.spool.names("new", "cur") == []
    assert site.spool.names("hold") == [tried.name, new.name]
    site.configure(lifetime="1s")
    time.sleep(1.1)
    flusher = site.flusher()
    site.submit(THREE)
    flusher.log.wait_for("removed")
    assert site.ctl("retry").status == 0
    assert site.sendmail("-q").status == 0
    result = site.ctl("retry", new.name)
    assert result.status == 65
    assert "release" in result.stderr
    flusher.stop()
    assert sent_to(host) == [THREE]
    assert {entry["queue_name"] for entry in site.queue()} == {"hold"}
    lines = site.mailq().stdout.splitlines()
    assert [line[13] for line in lines if line[:13] == new.name] == ["!"]
    assert ctl(site, "list", "--state", "hold").count(" hold ") == 2
    assert "Next:" not in ctl(site, "show", new.name)
    flusher = site.flusher()
    told = ctl(site, "release", "ALL")
    assert told == f"{identity(tried)}: released\n{new.name}: released\n"
    flusher.log.wait_for("removed", 2)
    assert sent_to(host) == [ONE, THREE, TWO]
    assert site.spool.names() == []


def test_release_without_a_flusher(site, host):
    """What was never tried is new again, all of it due at once."""
    site.submit(ONE)
    name = site.spool.only("new").name
    ctl(site, "hold", "ALL")
    assert site.flush()[0] == 0
    assert site.spool.names("hold") == [name]
    ctl(site, "release", name)
    assert site.spool.only("new").name == name
    site.flush()
    assert len(host.messages) == 1


def test_release_of_what_was_deferred_is_due_at_once(site, smarthost):
    host = smarthost(script={"rcpt": [reply("451 4.3.0 later")]})
    site.use(host, retry_min="4h")
    flusher = site.flusher()
    site.submit(ONE)
    flusher.log.wait_for("status=deferred")
    wait_until(lambda: site.spool.names("cur"), "a deferred message")
    ctl(site, "hold", "ALL")
    ctl(site, "release", "ALL")
    flusher.log.wait_for("removed")
    assert len(host.messages) == 1


def test_many_are_released_at_once(site, smarthost):
    """More than are named to the flusher, who reads the spool instead."""
    host = smarthost()
    site.use(host)
    for _ in range(70):
        site.submit(ONE)
    ctl(site, "hold", "ALL")
    flusher = site.flusher()
    site.submit(TWO)
    flusher.log.wait_for("removed")
    ctl(site, "release", "ALL")
    flusher.log.wait_for("removed", 71)
    assert sent_to(host) == [ONE] * 70 + [TWO]


def test_hold_in_flight_and_delivered(site, gated):
    """It is gone, and not in hold/ to be sent again."""
    host, flusher, gate = gated("end")
    site.submit(ONE)
    assert gate.reached.wait(60)
    ctl(site, "hold", "ALL")
    assert len(site.spool.names("hold")) == 1
    gate.opened.set()
    flusher.log.wait_for("removed")
    assert site.spool.names() == []
    assert sent_to(host) == [ONE]


def test_hold_in_flight_and_deferred(site, gated):
    """It stays held, with the reason; who has it is not sent it again."""
    host, flusher, gate = gated(
        "end", None, **{f"rcpt:{TWO}": [reply("450 4.2.1 busy")]})
    site.submit(ONE, TWO)
    assert gate.reached.wait(60)
    ctl(site, "hold", "ALL")
    gate.opened.set()
    flusher.log.wait_for("status=sent")
    entry = wait_until(lambda: (
        site.spool.entry("hold").states[ONE] == "D" and
        site.spool.entry("hold")), "the marks")
    assert entry.states[TWO] == "-" and "450 4.2.1" in entry.reasons[TWO]
    assert site.spool.names("new", "cur") == []
    ctl(site, "release", "ALL")
    flusher.log.wait_for("removed")
    assert sent_to(host) == [ONE, TWO]


def test_hold_in_flight_and_failed(site, gated):
    """Its sender is told, once."""
    host, flusher, gate = gated("mail", reply("550 5.7.1 go away"))
    site.submit("-f", "me@example.com", ONE)
    assert gate.reached.wait(60)
    ctl(site, "hold", "ALL")
    gate.opened.set()
    flusher.log.wait_for("removed", 2)
    assert site.spool.names() == []
    assert sent_to(host) == ["me@example.com"]


@pytest.mark.parametrize("result", ["delivered", "deferred", "lost"])
def test_hold_and_release_in_flight(site, gated, result):
    """Released under another name while it is still on its way."""
    host, flusher, gate = gated(
        "data" if result == "lost" else "end",
        reply("451 4.3.0 later") if result == "deferred" else None,
        rcpt=[reply("451 4.3.0 later")])
    site.submit(ONE)
    flusher.log.wait_for("status=deferred")
    wait_until(lambda: site.spool.names("cur"), "a deferred message")
    name = site.spool.only("cur").name
    assert site.ctl("retry", identity(site.spool.only("cur"))).status == 0
    assert gate.reached.wait(60)
    ctl(site, "hold", "ALL")
    time.sleep(1)       # for another name
    ctl(site, "release", "ALL")
    assert site.spool.only("cur").name != name
    if result == "lost":
        for agent in flusher.agents():
            os.kill(agent, signal.SIGKILL)
    gate.opened.set()
    if result == "deferred":
        flusher.log.wait_for("status=deferred", 2)
        assert site.ctl("retry").status == 0
    flusher.log.wait_for("removed")
    wait_until(lambda: not site.spool.names(), "an empty spool")
    assert sent_to(host) == [ONE]


def test_hold_between_two_jobs(site, gated):
    """100 recipients have it; the others get it when it is released."""
    everybody = [f"r{i:03}@example.net" for i in range(250)]
    host, flusher, gate = gated("end")
    site.submit(*everybody)
    assert gate.reached.wait(60)
    ctl(site, "hold", "ALL")
    gate.opened.set()
    wait_until(lambda: list(site.spool.entry("hold").states.values())
               .count("D") == 100, "the marks")
    site.submit(ONE)
    flusher.log.wait_for("removed")
    assert len(sent_to(host)) == 101
    ctl(site, "release", "ALL")
    flusher.log.wait_for("removed", 2)
    assert sent_to(host) == [ONE, *everybody]


def test_remove_in_flight_of_what_is_deferred(site, gated):
    """Nothing is said that is not so."""
    _, flusher, gate = gated("end", reply("451 4.3.0 later"))
    site.submit(ONE)
    assert gate.reached.wait(60)
    ctl(site, "remove", "ALL")
    gate.opened.set()
    flusher.log.wait_for("status=deferred")
    flusher.stop()
    assert flusher.log.lines("warning|possible duplicate") == []
    assert site.spool.names() == []


def test_hold_waits_for_no_submitter(site, host):
    """Who is not told yet may still take it back (and holds a lock)."""
    site.submit(ONE)
    path = site.spool.only("new")
    result = run(["flock", str(path), program("onehopctl"), "-C",
                  str(site.configuration), "hold", path.name])
    assert result.status == 75
    assert "being submitted" in result.stderr
    assert path.exists()
    ctl(site, "hold", path.name)
    assert not path.exists()


def test_words_about_what_cannot_be_done(site, host):
    site.submit(ONE)
    name = site.spool.only("new").name
    result = site.ctl("release", name)
    assert (result.status, result.stdout) == (65, "")
    assert "not held" in result.stderr
    ctl(site, "hold", name)
    assert ctl(site, "hold", name) == f"{name}: held\n"
    for verb in ("hold", "release"):
        assert site.ctl(verb).status == 64
        assert site.ctl(verb, "0000000000000").status == 65


def test_nothing_is_lost_or_doubled_in_a_storm(site, smarthost):
    """Held and released again and again while they are being sent."""
    everybody = [f"r{i:04}@example.net" for i in range(200)]
    host = smarthost()
    site.use(host, connections=4)
    for address in everybody:
        site.submit(address)
    flusher = site.flusher()
    held = 0
    for verb in ["hold", "release", "retry"] * 12:
        result = site.ctl(verb, "--newer", "1h", "ALL")
        assert result.status in (0, 65)
        assert re.sub(".*: has just gone.*\n", "", result.stderr) == ""
        held += result.stdout.count(": held")
    wait_until(lambda: len(host.messages) >= len(everybody), "the last one")
    wait_until(lambda: not site.spool.names(), "an empty spool")
    flusher.stop()
    assert sent_to(host) == everybody
    assert held > 0
    assert flusher.log.lines("warning|possible duplicate") == []
