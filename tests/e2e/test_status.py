"""onehopctl status: one line and an exit status for monitoring."""

import os
import re
import subprocess
import time

import pytest

from harness import environment, program, wait_until
from script import reply

ONE, TWO = "one@example.net", "two@example.net"
OK, WARNING, CRITICAL, UNKNOWN = range(4)
LEVELS = ["OK", "WARNING", "CRITICAL", "UNKNOWN"]

# As the guidelines of the monitoring plugins have it: one line of text, then
# 'label'=value[unit];[warning];[critical];[minimum];[maximum]
LINE = re.compile(r"ONEHOP (\w+): ([^|\n]+)(?: \| ([^|\n]+))?\n")
DATA = re.compile(r"(\w+)=(\d+)(s?);(\d*);(\d*);(\d*)")


def status(site, *words, **options):
    """(exit status, text, data), where all agree with the guidelines."""
    result = site.ctl("status", *words, **options)
    assert result.stderr == ""
    level, text, data = LINE.fullmatch(result.stdout).groups()
    assert result.status == LEVELS.index(level)
    found = [DATA.fullmatch(word).groups() for word in (data or "").split()]
    return result.status, text, {name: int(value)
                                 for name, value, *_ in found}


def age(path, seconds):
    """Make a message in new/ or failed/ as old as that."""
    arrival = int(path.name, 16) - seconds * 10**6
    path.rename(path.with_name(f"{arrival:013X}"))


@pytest.fixture
def flusher(site, host):
    """With nothing to do, and that stays so."""
    flusher = site.flusher()
    wait_until(lambda: status(site)[0] == OK, "a flusher")
    return flusher


def test_all_is_well(site, flusher):
    assert status(site) == (OK, "no messages wait", {
        "waiting": 0, "oldest": 0, "held": 0, "failed": 0, "corrupt": 0})
    result = site.ctl("status")
    assert result.stdout.endswith(
        " | waiting=0;;;0 oldest=0s;3600;86400;0 held=0;;;0 failed=0;;;0 "
        "corrupt=0;;;0\n")


def test_nobody_sends(site):
    site.submit(ONE)
    level, text, data = status(site)
    assert level == CRITICAL
    assert text.startswith("onehop-flush is not running; 1 message waits, ")
    assert data["waiting"] == 1


def test_nobody_need_run_on_demand(site):
    assert status(site, "-d")[:2] == (OK, "no messages wait")
    assert status(site, "--on-demand")[0] == OK
    site.submit(ONE)
    age(site.spool.only("new"), 7200)
    assert status(site, "-d")[0] == WARNING


def test_a_killed_flusher_does_not_run(site, flusher):
    flusher.kill()
    assert status(site)[:2] == (
        CRITICAL, "onehop-flush is not running; no messages wait")


@pytest.mark.parametrize("seconds, words, expected, text", [
    (30, [], OK, "30 seconds"),
    (3500, [], OK, "58 minutes"),
    (3700, [], WARNING, "61 minutes"),
    (8000, [], WARNING, "2 hours"),
    (86000, [], WARNING, "23 hours"),
    (87000, [], CRITICAL, "24 hours"),
    (200000, [], CRITICAL, "2 days"),
    (200000, ["-w", "3d", "-c", "4d"], OK, "2 days"),
    (200000, ["-w", "never", "-c", "never"], OK, "2 days"),
    (200000, ["--warning=1d", "--critical=3d"], WARNING, "2 days"),
    (30, ["-c", "20"], CRITICAL, "30 seconds")])
def test_age(site, seconds, words, expected, text):
    site.submit(ONE)
    age(site.spool.only("new"), seconds)
    level, said, data = status(site, "-d", *words)
    # The clock goes on.
    last = "3[01] seconds" if seconds == 30 else text
    assert re.fullmatch(f"1 message waits, for {last}", said)
    assert level == expected
    assert seconds <= data["oldest"] <= seconds + 60


def test_a_clock_that_was_set_back(site):
    site.submit(ONE)
    age(site.spool.only("new"), -7200)
    level, text, data = status(site, "-d")
    assert (level, text) == (OK, "1 message waits, for 0 seconds")
    assert data["oldest"] == 0


@pytest.mark.parametrize("words, expected", [
    ([], OK), (["-W", "4"], OK), (["-W", "3"], WARNING),
    (["-K", "3"], CRITICAL),
    (["-W", "1", "-K", "2"], CRITICAL), (["--warning-messages=3"], WARNING),
    (["--critical-messages=3"], CRITICAL), (["-f", "1"], OK)])
def test_how_many(site, words, expected):
    for _ in range(3):
        site.submit(ONE)
    level, text, data = status(site, "-d", *words)
    assert level == expected
    assert text.startswith("3 messages wait, the oldest for ")
    assert data["waiting"] == 3


def test_held_failed_and_corrupt(site, smarthost):
    """They do not wait, and are not old."""
    host = smarthost(script={"rcpt": reply("550 5.1.1 no such user")})
    site.use(host)
    site.submit("-f", "<>", ONE)
    site.flush()
    site.submit(TWO)
    path = site.spool.only("new")
    age(path, 90000)
    path = site.spool.only("new")
    os.rename(path, site.spool.path / "hold" / path.name)
    (site.spool.path / "corrupt" / "x").touch()
    level, text, data = status(site, "-d")
    assert (level, text) == (
        OK, "no messages wait; 1 held; 1 failed; 1 corrupt")
    assert data == {"waiting": 0, "oldest": 0, "held": 1, "failed": 1,
                    "corrupt": 1}
    assert status(site, "-d", "-f", "1")[0] == WARNING
    assert status(site, "-d", "-F", "1")[0] == CRITICAL


def test_the_breaker(site, smarthost):
    """The reason stands there while it lasts."""
    host = smarthost(script={"greeting": [reply("554 5.3.2 a | b")]})
    site.use(host, relay_retry_min="1h", relay_retry_max="1h")
    flusher = site.flusher()
    site.submit(ONE)
    flusher.log.wait_for("all mail waits")
    level, text, _ = status(site)
    assert level == WARNING
    assert re.match(r"cannot send since \w{3} \w{3} [ \d]\d [\d:]+: .*"
                    r"554 5\.3\.2 a / b.*; 1 message waits", text)
    assert site.ctl("retry").status == 0
    flusher.log.wait_for("sending again")
    flusher.log.wait_for("removed")
    assert status(site)[:2] == (OK, "no messages wait")


@pytest.mark.parametrize("words", [
    ["-x"], ["word"], ["-w"], ["-w", "soon"], ["-W", "-1"], ["-K", "1h"],
    ["--submit", "0"]], ids=" ".join)
def test_usage(site, words):
    result = site.ctl("status", *words)
    assert result.status == UNKNOWN
    assert re.fullmatch("ONEHOP UNKNOWN: usage: .*\n", result.stdout)


def test_what_it_cannot_know(site):
    """Neither another status nor nothing at all."""
    good = site.configuration.read_text()
    site.configuration.write_text(good + "nonsense yes\n")
    level, text, data = status(site)
    assert level == UNKNOWN and "nonsense" in text and data == {}
    site.configuration.write_text(good.replace("/spool", "/password"))
    level, text, data = status(site)
    assert level == UNKNOWN and "/password" in text and data == {}
    site.configuration.write_text(good)
    assert status(site)[0] == CRITICAL
    (site.spool.path / "hold").rmdir()
    level, text, data = status(site)
    assert level == UNKNOWN and "cannot read the spool" in text and data == {}


def test_a_full_disk_for_what_it_says(site):
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full")
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            [program("onehopctl"), "-C", site.configuration, "status"],
            stdout=full, stderr=subprocess.PIPE, env=environment(),
            check=False)
    assert result.returncode == UNKNOWN


def test_it_is_quick_with_many(fast_site):
    """And opens none of them: they are not there."""
    fast_site.ctl("list")
    for number in range(20000):
        os.symlink("nowhere", fast_site.spool.path / "cur" /
                   f"{0x66000000_00000 + number:013X}.1795317084")
    began = time.monotonic()
    level, text, data = status(fast_site, "-d", "-c", "never", "-w", "never")
    took = time.monotonic() - began
    assert (level, data["waiting"]) == (OK, 20000)
    assert text.startswith("20000 messages wait, the oldest for ")
    assert took < 2
