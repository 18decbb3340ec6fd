"""onehopctl metrics and metrics-file: what Prometheus gets to see."""

import os
import shutil
import signal
import stat
import threading
import time

import pytest

from harness import run, wait_until
from script import drop, reply

parser = pytest.importorskip("prometheus_client.parser")

PROMTOOL = shutil.which("promtool")
ONE, TWO = "one@example.net", "two@example.net"
LATER, BAD = "later@example.net", "bad@example.net"
RECIPIENTS = "onehop_recipients_total"
QUEUE = "onehop_queue_messages"
OLDEST = "onehop_queue_oldest_arrival_timestamp_seconds"


def parse(text):
    """{(name, value of its label): value} of a text that is whole."""
    assert text.endswith("\n")
    found = {}
    for family in parser.text_string_to_metric_families(text):
        assert family.type in ("counter", "gauge", "histogram")
        assert family.documentation
        assert family.name.startswith("onehop_")
        for sample in family.samples:
            key = (sample.name, *sample.labels.values())
            assert key not in found
            found[key] = sample.value
    return found


def metrics(site):
    result = site.ctl("metrics")
    assert (result.status, result.stderr) == (0, "")
    return parse(result.stdout)


def answers(site):
    """Whether a flusher reads the trigger; its lock it has before that."""
    try:
        os.close(os.open(site.spool.path / "trigger",
                         os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True


def begin(site):
    """A flusher that answers."""
    flusher = site.flusher()
    wait_until(lambda: answers(site), "a flusher that reads the trigger")
    return flusher


def recipients(found):
    return tuple(found[RECIPIENTS, status]
                 for status in ("sent", "deferred", "bounced"))


def count(found, histogram):
    """How many it counted; it adds up."""
    buckets = [value for (name, *_), value in found.items()
               if name == f"{histogram}_bucket"]
    assert buckets == sorted(buckets)
    assert buckets[-1] == found[f"{histogram}_count",]
    return buckets[-1]


def test_what_becomes_of_messages(site, smarthost):
    host = smarthost(script={f"rcpt:{LATER}": reply("450 4.2.1 busy"),
                             f"rcpt:{BAD}": reply("550 5.1.1 unknown")})
    site.use(host, retry_min="1h", connections=1)
    began = time.time()
    flusher = site.flusher()
    site.submit(ONE, TWO)
    site.submit(LATER)
    site.submit("-f", "<>", BAD)
    flusher.log.wait_for("status=", 4)
    flusher.log.wait_for("kept in failed/")
    found = metrics(site)
    assert recipients(found) == (2, 1, 1)
    assert found["onehop_up",] == 1
    assert began - 1 < found["onehop_start_time_seconds",] < time.time() + 1
    assert [found[QUEUE, state] for state in
            ("new", "deferred", "hold", "failed", "corrupt")] == [
                0, 1, 0, 1, 0]
    arrival = int(site.spool.only("cur").name.partition(".")[0], 16) / 10**6
    assert abs(found[OLDEST, "deferred"] - arrival) < 0.001
    assert (OLDEST, "new") not in found and (OLDEST, "failed") in found
    assert count(found, "onehop_delivery_delay_seconds") == 2
    assert 0 < found["onehop_delivery_delay_seconds_sum",] < 120
    assert count(found, "onehop_transaction_seconds") == 3
    assert found["onehop_sessions_total",] == len(host.sessions)
    assert count(found, "onehop_session_setup_seconds") == len(host.sessions)
    assert found["onehop_session_setup_seconds_sum",] > 0
    # And it goes on counting.
    site.submit(ONE)
    flusher.log.wait_for("removed", 2)
    assert recipients(metrics(site)) == (3, 1, 1)
    # The next one begins anew, and what this one counted can still be seen.
    flusher.stop()
    found = metrics(site)
    assert found["onehop_up",] == 0
    assert recipients(found) == (3, 1, 1)
    begin(site)
    assert recipients(metrics(site)) == (0, 0, 0)


def test_one_that_is_killed_does_not_look_like_the_one_before(site, host):
    site.submit(ONE)
    site.flush()
    assert recipients(metrics(site)) == (1, 0, 0)
    flusher = site.flusher()
    wait_until(lambda: not (site.spool.path / "metrics").exists(),
               "another flusher")
    flusher.kill()
    assert (RECIPIENTS, "sent") not in metrics(site)


@pytest.mark.skipif(not PROMTOOL, reason="Prometheus is not installed")
def test_prometheus_has_nothing_to_say(site, host):
    """Its own tool, which also knows how metrics should be named."""
    site.submit(ONE)
    site.flush()
    site.submit(ONE)
    result = run([PROMTOOL, "check", "metrics"],
                 site.ctl("metrics").stdout.encode())
    assert (result.status, result.stdout, result.stderr) == (0, "", "")


def test_without_a_flusher(site):
    site.submit(ONE)
    found = metrics(site)
    assert (found["onehop_up",], found[QUEUE, "new"]) == (0, 1)
    assert (RECIPIENTS, "sent") not in found


def test_a_lost_reply(site, smarthost):
    site.use(smarthost(script={"end": [drop()]}))
    flusher = site.flusher()
    site.submit(ONE)
    flusher.log.wait_for("possible duplicate")
    flusher.log.wait_for("session ended|all mail waits")
    found = metrics(site)
    assert found["onehop_possible_duplicates_total",] == 1
    assert found["onehop_session_failures_total", "lost"] == 1


@pytest.mark.parametrize("kind, settings, script", [
    ("connect", {"relay": "smtp://localhost:1"}, {}),
    ("resolve", {"relay": "smtp://nowhere.invalid"}, {}),
    ("local", {"password_file": "/nowhere"}, {}),
    ("tls", {"tls_ca_file": None}, {}),
    ("auth", {}, {"auth": [reply("535 5.7.8 no")]}),
    ("lost", {}, {"ehlo": [drop()]}),
    ("protocol", {}, {"greeting": [reply("what?")]}),
    ("refused", {}, {"greeting": [reply("554 5.3.2 no")]})])
def test_the_breaker(site, smarthost, kind, settings, script):
    """Open, by kind, and closed again."""
    host = smarthost(script=script)
    site.use(host, relay_retry_min="1h", relay_retry_max="1h", **settings)
    flusher = site.flusher()
    site.submit(ONE)
    flusher.log.wait_for("all mail waits")
    found = metrics(site)
    assert found["onehop_breaker_open",] == 1
    since = found["onehop_breaker_open_timestamp_seconds",]
    assert abs(since - time.time()) < 60
    assert {key[1] for key, value in found.items() if value and
            key[0] == "onehop_session_failures_total"} == {kind}
    assert recipients(found) == (0, 0, 0)
    site.use(host)
    flusher.signal(signal.SIGHUP)
    flusher.log.wait_for("removed")
    found = metrics(site)
    assert found["onehop_breaker_open",] == 0
    assert ("onehop_breaker_open_timestamp_seconds",) not in found
    assert recipients(found) == (1, 0, 0)


def test_nobody_reads_half_of_it(site, host):
    """While it is written as often as it can be."""
    begin(site)
    path, done = site.spool.path / "metrics", threading.Event()

    def ask():
        with open(site.spool.path / "trigger", "wb", buffering=0) as trigger:
            while not done.is_set():
                trigger.write(b"count\n")
                time.sleep(0.0005)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        wait_until(path.exists, "the first answer")
        seen, first = set(), path.read_bytes()
        end = time.monotonic() + 1
        while time.monotonic() < end:
            with open(path, "rb") as file:
                seen.add(os.fstat(file.fileno()).st_ino)
                assert file.read() == first
    finally:
        done.set()
        asking.join()
    assert len(seen) > 1
    assert not path.with_name("metrics.new").exists()


@pytest.fixture
def file(site, host):
    """A site that writes one, as any user may read it whatever the umask."""
    (site.directory / "metrics").mkdir()
    file = site.directory / "metrics" / "onehop.prom"
    site.configure(metrics_file=file)
    return file


UMASK = ["sh", "-c", 'umask 077; exec "$@"', "sh"]


def test_the_file(site, host, file):
    """It is there soon, is whole while mail goes out, and is as the rest."""
    flusher = site.flusher(prefix=UMASK)
    wait_until(file.exists, "the file")
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    seen = set()
    for _ in range(20):
        site.submit(ONE)
        found = parse(file.read_text())
        assert found["onehop_up",] == 1
        seen.add(found["onehop_start_time_seconds",])
    flusher.log.wait_for("removed", 20)
    assert len(seen) == 1
    flusher.stop()
    found = parse(file.read_text())
    assert recipients(found) == (20, 0, 0)
    assert (found["onehop_up",], found[QUEUE, "new"]) == (0, 0)
    assert found == metrics(site)
    assert os.listdir(file.parent) == [file.name]


def test_q_leaves_it(site, host, file):
    site.submit(ONE)
    assert site.flush()[0] == 0
    assert recipients(parse(file.read_text())) == (1, 0, 0)
    assert recipients(metrics(site)) == (1, 0, 0)


@pytest.mark.parametrize("mended", [False, True])
def test_what_cannot_be_written_is_said_once(site, host, file, mended):
    """It is tried for a second time when the flusher ends."""
    obstacle = file.with_name(file.name + ".new")
    obstacle.mkdir()
    flusher = site.flusher()
    flusher.log.wait_for(f"cannot write metrics-file {file}: ")
    site.submit(ONE)
    flusher.log.wait_for("removed")
    if mended:
        obstacle.rmdir()
    flusher.stop()
    assert len(flusher.log.lines("metrics-file")) == 1 + mended
    assert file.exists() == mended
    if mended:
        assert flusher.log.lines(f"metrics-file {file} is written again")
        assert recipients(parse(file.read_text())) == (1, 0, 0)


def test_a_directory_that_is_not_there(site, host):
    site.configure(metrics_file="/nowhere/onehop.prom")
    site.submit(ONE)
    status, log = site.flush()
    assert status == 0
    assert len(log.lines("metrics-file")) == 1
    assert not log.lines("not confined")


def test_another_file_after_a_reload(site, host, file):
    """One in the same directory is written."""
    other = file.with_name("other.prom")
    flusher = begin(site)
    site.configure(metrics_file=other)
    flusher.signal(signal.SIGHUP)
    flusher.log.wait_for("configuration read again")
    flusher.stop()
    assert not flusher.log.lines("metrics-file")
    assert parse(other.read_text())["onehop_up",] == 0


def test_what_changes_the_spool_says_so(site):
    """So that the file does not go on saying what was."""
    site.submit(ONE)
    trigger = os.open(site.spool.path / "trigger", os.O_RDWR | os.O_NONBLOCK)
    try:
        assert site.ctl("remove", "ALL").status == 0
        assert os.read(trigger, 4096) == b"scan\n"
    finally:
        os.close(trigger)


def test_no_arguments(site):
    result = site.ctl("metrics", "word")
    assert (result.status, result.stdout) == (64, "")
    assert result.stderr.startswith("usage: ")
