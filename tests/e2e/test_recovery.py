"""Crashes and long absences: nothing is lost, and waiting costs nothing."""

import collections
import fcntl
import os
import pathlib
import random
import re
import signal
import subprocess
import time

import pytest

from harness import environment, program, wait_until
from script import delay, reply

ONE = "one@example.net"
CONNECTIONS = 3
WINDOW = 5      # messages in flight in each


def submit_many(site, count):
    """Messages numbered in their subjects, by one shell.

    Other tests look for leaks in sendmail; here it would take a minute.
    """
    script = ('i=0; while [ $i -lt "$1" ]; do "$2" -C "$3" one@example.net '
              '<<.\nSubject: $i\n\ntext\n.\ni=$((i+1)); done')
    subprocess.run(["sh", "-ec", script, "sh", str(count),
                    program("sendmail"), str(site.configuration)],
                   check=True, env=environment(without_leaks=True))
    assert len(site.spool.names("new")) == count


def numbers(messages):
    return [int(re.search(rb"Subject: (\d+)", message.data)[1])
            for message in messages]


def kill_flusher(site, flusher):
    flusher.kill()
    return site.flusher()


def kill_agent(site, flusher):
    agents = flusher.agents()
    if agents:
        try:
            os.kill(random.choice(agents), signal.SIGKILL)
        except ProcessLookupError:
            pass
    return flusher


@pytest.mark.usefixtures("optimized")
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("kill", [kill_flusher, kill_agent])
def test_kill_9_loses_nothing(fast_site, smarthost, kill, seed):
    """Duplicates are at most those in flight when the kill came."""
    site, chance = fast_site, random.Random(seed)
    host = smarthost(script={"end": delay(0.01)})
    site.use(host, connections=CONNECTIONS, window=WINDOW,
             relay_retry_max="1s")
    submit_many(site, 200)
    flusher = site.flusher()
    kills = 0
    while len(host.messages) < 190 and kills < 8:
        seen = len(host.messages) + chance.randrange(5, 40)
        wait_until(lambda: len(host.messages) >= min(seen, 190), "progress")
        time.sleep(chance.uniform(0, 0.02))
        flusher = kill(site, flusher)
        kills += 1
    finish(site, flusher)
    assert kills > 0
    counts = collections.Counter(numbers(host.messages))
    assert set(counts) == set(range(200))
    duplicates = sum(counts.values()) - 200
    assert duplicates <= kills * CONNECTIONS * WINDOW
    assert not re.search("status=bounced", "".join(
        each.log.text() for each in site.flushers))


@pytest.mark.parametrize("directory", ["hold", "cur"])
def test_a_lock_that_outlives_its_flusher_for_a_moment(site, directory):
    site.submit(ONE)
    held = os.open(site.spool.path / directory, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    flusher = site.flusher()
    time.sleep(0.2)
    assert flusher.status is None
    os.close(held)
    flusher.log.wait_for("relay")
    assert flusher.stop() == 0


def finish(site, flusher):
    """Until the spool is empty; possible duplicates need to be told."""
    def empty():
        assert flusher.status is None, flusher.log.text()[-2000:]
        if site.spool.names("cur"):
            site.ctl("retry")
        return not site.spool.names("new", "cur", "tmp")

    wait_until(empty, "an empty spool")
    assert site.spool.names() == []
    assert flusher.stop() == 0


@pytest.mark.usefixtures("optimized")
def test_a_thousand_messages_wait_and_then_go_out(fast_site, smarthost):
    site = fast_site
    host = smarthost()
    host.stop()
    site.use(host, relay_retry_max="1s")
    submit_many(site, 1000)
    before = site.spool.fingerprint()
    flusher = site.flusher()
    flusher.log.wait_for("refused")

    spent, began = flusher.cpu_seconds(), time.monotonic()
    time.sleep(3)
    waited = time.monotonic() - began
    assert flusher.cpu_seconds() - spent < 0.1 * waited
    assert site.spool.fingerprint() == before
    assert len([line for line in flusher.log.lines()
                if "queue active" not in line]) <= 3, flusher.log.text()
    assert len(flusher.log.lines("refused")) == 1
    assert "refused" in site.mailq().stdout.splitlines()[0]

    host.start()
    wait_until(lambda: len(host.messages) == 1000, "a thousand messages")
    wait_until(lambda: not site.spool.names(), "an empty spool")
    assert 1 <= len(host.sessions) <= 4
    assert sorted(numbers(host.messages)) == list(range(1000))
    assert not flusher.log.lines("status=(deferred|bounced)")
    assert site.mailq().stdout == "Mail queue is empty\n"


def test_a_restart_forgets_nothing(site, smarthost):
    """Who was delivered, deferred and failed stands in the file."""
    host = smarthost(script={
        "rcpt:bad@example.net": reply("550 5.1.1 no"),
        "rcpt:later@example.net": [reply("450 4.2.1 later")]})
    site.use(host, retry_min="1h")
    flusher = site.flusher()
    site.submit("-f", "<>", ONE, "bad@example.net", "later@example.net")
    flusher.log.wait_for("status=deferred")
    wait_until(lambda: site.spool.names("cur"), "a message in cur/")
    flusher.kill()
    assert site.flush()[0] == 0
    assert [m.recipients for m in host.messages] == [
        [ONE], ["later@example.net"]]
    assert set(site.spool.entry("failed").states.values()) == {"D", "F"}


def test_a_killed_submission_leaves_nothing_that_is_sent(site, smarthost):
    host = smarthost()
    site.use(host)
    with subprocess.Popen([program("sendmail"), "-C", site.configuration, ONE],
                          stdin=subprocess.PIPE,
                          env=environment()) as process:
        process.stdin.write(b"Subject: half\n\n" + b"x" * 1000000)
        process.stdin.flush()
        wait_until(lambda: site.spool.names("tmp"), "a file in tmp/")
        process.kill()
    assert site.spool.names("new") == []
    assert site.flush()[0] == 0
    assert host.messages == []


def test_an_agent_dies_with_its_flusher(site, smarthost):
    host = smarthost()
    site.use(host, idle_timeout="1h")
    flusher = site.flusher()
    site.submit(ONE)
    flusher.log.wait_for("removed")
    agents = flusher.agents()
    assert agents
    flusher.kill()
    wait_until(lambda: not any(os.path.exists(f"/proc/{pid}")
                               for pid in agents), "the end of the agents")
