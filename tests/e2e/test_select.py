"""Which messages onehopctl lists and changes; failed/; what monitoring and
the log say about the queue."""

import gzip
import os
import pathlib
import re
import subprocess
import time

import pytest

import accounts
import devices
from harness import environment, program, run, wait_until
from script import reply

ONE, TWO = "one@example.net", "two@example.net"
PLUGINS = pathlib.Path("/usr/lib/nagios/plugins")


def identity(path):
    return path.name.partition(".")[0]


def listed(site, *filters):
    result = site.ctl("list", *filters)
    assert (result.status, result.stderr) == (0, "")
    return set(re.findall(r"^[0-9A-F]{13}", result.stdout, re.M))


@pytest.fixture
def various(site, smarthost):
    """Messages by a name: their IDs."""
    host = smarthost(script={
        "rcpt:later@example.net": reply("450 4.2.1 busy"),
        "rcpt:bad@example.net": reply("550 5.1.1 no such user")})
    site.use(host, retry_min="1h")
    site.submit("-f", "Script@Example.com", "later@example.net", ONE)
    site.submit("-f", "", "bad@example.net")
    site.flush()
    site.submit("-f", "", "Third@Sub.Example.NET")
    site.submit("-f", "script@[192.0.2.1]", ONE, TWO)
    null, literal = sorted(site.spool.names("new"))
    site.ctl("hold", null)
    # Two days old, which only the name says.
    old = "%013X" % (int(literal, 16) - 2 * 86400 * 10**6)
    os.rename(site.spool.path / "new" / literal, site.spool.path / "new" / old)
    return {"deferred": identity(site.spool.only("cur")), "hold": null,
            "new": old, "failed": site.spool.only("failed").name}


@pytest.mark.parametrize("filters, names", [
    ([], "deferred hold new failed"),
    (["--state", "new"], "new"),
    (["-s", "deferred", "-s", "HOLD"], "deferred hold"),
    (["--older", "1d"], "new"),
    (["-o", "3d"], ""),
    (["--newer", "1h"], "deferred hold failed"),
    (["-n", "5d", "-o", "36h"], "new"),
    (["--sender", "script@example.com"], "deferred"),
    (["--sender=SCRIPT"], "deferred new"),
    (["-f", "*@example.com"], "deferred"),
    (["-f", "@example.???"], "deferred"),
    (["-f", "<>"], "hold failed"),
    (["-f", "*"], "deferred hold new failed"),
    (["-f", "script@[192.0.2.1]"], "new"),
    (["-r", ONE], "new"),       # the other one has been delivered
    (["-r", "third@sub.example.net"], "hold"),
    (["--recipient", "*@*example.net", "--state", "hold"], "hold"),
    (["-r", "bad@example.net"], "failed"),
    (["-r", "example.net"], ""),
    (["-f", "script", "-r", "two@*"], "new"),
])
def test_list_by_age_state_and_addresses(various, site, filters, names):
    assert listed(site, *filters) == {various[name]
                                      for name in names.split()}


def test_filters_open_nothing_they_need_not(various, site, tmp_path):
    """Age and state are in the names."""
    trace = tmp_path / "trace"
    result = run(["strace", "-f", "-e", "trace=openat", "-o", str(trace),
                  program("onehopctl"), "-C", str(site.configuration),
                  "list", "-s", "deferred", "-n", "1h", "-o", "0s"],
                 env=environment(ASAN_OPTIONS="detect_leaks=0"))
    assert result.status == 0
    opened = re.findall(r'"(?:new|cur|hold|failed)/([^"]+)"',
                        trace.read_text())
    assert [name[:13] for name in opened] == [various["deferred"]]


@pytest.mark.parametrize("filters, words", [
    (["--older", "soon"], "older.*'soon'.*4h"),
    (["--state", "old"], "state.*'old'.*deferred"),
    (["--colour", "red"], "colour"),
])
def test_wrong_filters(site, filters, words):
    for verb in ("list", "remove", "hold", "retry"):
        result = site.ctl(verb, *filters, "ALL")
        assert (result.status, result.stdout) == (64, "")
        assert re.search(words, result.stderr)
        assert "usage: onehopctl" in result.stderr


def test_the_mail_of_a_runaway_script_is_removed(various, site):
    """That and no other, and not what has failed."""
    site.submit("-f", "script@example.com", "later@example.net")
    result = site.ctl("remove", "--sender", "script@example.com", "ALL")
    assert result.status == 0
    assert result.stdout.count(": removed") == 2
    assert listed(site) == {various[name] for name in
                            ("hold", "new", "failed")}
    result = site.ctl("remove", "--sender", "nobody", "ALL",
                      various["new"])
    assert (result.status, result.stdout) == (0, "")
    site.ctl("remove", "ALL")
    assert listed(site) == {various["failed"]}
    site.ctl("remove", "--state", "failed", "ALL")
    assert site.spool.names() == []


def test_retry_of_some_is_in_their_names(various, site):
    """So that it is not lost when nobody hears of it."""
    result = site.ctl("retry", "--recipient", "later@*")
    assert result.status == 75
    assert "not running" in result.stderr
    name = site.spool.only("cur").name
    assert name.startswith(various["deferred"] + ".")
    assert int(name.partition(".")[2]) <= time.time()


def test_failed_is_listed_with_the_reason(various, site):
    result = site.ctl("failed", "list")
    assert result.status == 0
    assert re.search(rf"^{various['failed']} failed +\d+ .*<> -> "
                     r"bad@example.net\n    bad@example.net: 5.1.1 550 .*"
                     r"no such user", result.stdout, re.M)
    assert listed(site, "-s", "failed") == {various["failed"]}
    result = site.ctl("failed", "list", "--sender", "x")
    assert result.stdout == "No such message\n"


def test_nothing_has_failed(site):
    result = site.ctl("failed", "list")
    assert (result.status, result.stdout) == (0, "No message has failed\n")
    for words in (["failed"], ["failed", "requeue"], ["failed", "list", "x"],
                  ["failed", "nonsense"]):
        assert site.ctl(*words).status == 64


def requeued(site, number):
    told = site.ctl("failed", "requeue", number)
    match = re.fullmatch(rf"{number}: requeued as ([0-9A-F]{{13}})\n",
                         told.stdout)
    assert (told.status, told.stderr) == (0, "")
    return match[1]


@pytest.mark.parametrize("running", [True, False])
def test_requeue_sends_to_whom_it_failed(site, smarthost, running):
    host = smarthost(script={
        "rcpt:bad@example.net": [reply("550 5.1.1 no such user")]})
    site.use(host)
    site.submit("-f", "", "bad@example.net", ONE)
    site.flush()
    flusher = site.flusher() if running else None
    name = requeued(site, site.spool.only("failed").name)
    if running:
        flusher.log.wait_for(f"{name}: removed")
    else:
        assert site.flush()[0] == 0
    assert site.spool.names() == []
    assert [m.recipients for m in host.messages] == \
        [[ONE], ["bad@example.net"]]


def test_requeue_tells_the_sender_again(site, smarthost):
    """Of a large message that went back without its body, and was kept."""
    host = smarthost(script={
        "rcpt:bad@example.net": reply("550 5.1.1 no such user")})
    site.use(host)
    site.submit("-f", "me@example.com", "bad@example.net",
                input=b"Subject: large\n\n" + b"x" * 99 + 4000 * (
                    b"\n" + 99 * b"y"))
    site.flush()
    assert [m.recipients for m in host.messages] == [["me@example.com"]]
    name = requeued(site, site.spool.only("failed").name)
    site.flush()
    assert [m.recipients for m in host.messages] == [["me@example.com"]] * 2
    assert site.spool.only("failed").name == name


def test_requeue_begins_a_new_lifetime(site, smarthost):
    host = smarthost(script={"rcpt": [reply("550 5.1.1 no such user"),
                                      reply("450 4.2.1 busy")]})
    site.use(host, lifetime="2s")
    site.submit("-f", "", ONE)
    site.flush()
    time.sleep(2)
    requeued(site, site.spool.only("failed").name)
    _, log = site.flush()
    assert len(log.lines("status=deferred")) == 1
    assert len(site.spool.names("cur")) == 1


def test_requeue_leaves_what_is_corrupt(various, site):
    path = site.spool.only("failed")
    path.write_bytes(path.read_bytes()[:-1])
    result = site.ctl("failed", "requeue", various["failed"])
    assert (result.status, result.stdout) == (65, "")
    assert re.fullmatch(f"onehopctl: {various['failed']}: is corrupt: .*\n",
                        result.stderr)
    assert site.spool.names("failed") == [various["failed"]]


def test_drop_deletes_what_failed_only(various, site):
    for verb in ("drop", "requeue"):
        result = site.ctl("failed", verb, various["new"])
        assert (result.status, result.stdout) == (65, "")
        assert "has not failed" in result.stderr
    result = site.ctl("failed", "drop", "ALL")
    assert result.stdout == f"{various['failed']}: removed\n"
    assert listed(site) == {various[name] for name in
                            ("deferred", "hold", "new")}


@pytest.mark.parametrize("verb", [
    ["list"], ["show", "ALL"], ["hold", "ALL"], ["release", "ALL"],
    ["remove", "ALL"], ["retry"], ["retry", "ALL"], ["failed", "list"],
    ["failed", "drop", "ALL"]])
def test_ordinary_users_are_told_who_may(open_directory, root, verb):
    configuration = open_directory / "conf"
    configuration.write_text(f"spool {open_directory}/spool\n"
                             "domain example.org\n")
    run([program("sendmail"), "-C", str(configuration), ONE])
    [path] = (open_directory / "spool" / "new").iterdir()
    try:
        result = run([program("onehopctl"), "-C", str(configuration), *verb],
                     user="nobody", group="nogroup", extra_groups=[], cwd="/")
    except PermissionError:
        pytest.skip("the programs are out of reach for user nobody")
    assert (result.status, result.stdout) == (77, "")
    assert "only root and the owner of the spool may" in result.stderr
    assert path.exists()


@pytest.fixture
def check_mailq(site, tmp_path):
    """The real plugin, with our mailq in its configuration."""
    if not (PLUGINS / "check_mailq").exists():
        pytest.skip("monitoring-plugins-standard is not installed")
    os.symlink(PLUGINS / "check_mailq", tmp_path / "check_mailq")
    (tmp_path / "utils.pm").write_text(
        f"do '{PLUGINS}/utils.pm';\n"
        f"$utils::PATH_TO_MAILQ = '{program('mailq')}';\n1;\n")

    def check():
        result = run([str(tmp_path / "check_mailq"), "-M", "postfix", "-w",
                      "2", "-c", "4", "-d", str(site.configuration)])
        return result.status, result.stdout

    return check


def test_check_mailq_reads_it(site, check_mailq):
    """Empty, few, many, and too many."""
    assert check_mailq() == (
        0, "OK: postfix mailq reports queue is empty|unsent=0;2;4;0\n")
    for count, status, word in ((1, 0, "OK: .*is below"), (2, 1, "WARNING"),
                                (3, 1, "WARNING"), (4, 2, "CRITICAL")):
        site.submit(ONE, TWO)
        result = check_mailq()
        assert result[0] == status
        assert re.match(rf"{word}.*\|unsent={count};2;4;0", result[1])
    site.ctl("hold", "ALL")
    assert "unsent=4;" in check_mailq()[1]


def shown_log(site, *numbers):
    result = site.ctl("show", *numbers)
    assert (result.status, result.stderr) == (0, "")
    return re.findall("^Log: +(.*)$", result.stdout, re.M)


@pytest.fixture
def log_directory(tmp_path, root):
    """One that stands in place of /var/log."""
    if not devices.own_mounts:
        pytest.skip("needs mounts of our own")
    directory = tmp_path / "log"
    directory.mkdir()
    with accounts.in_place_of("/var/log", directory):
        yield directory


def test_show_finds_the_attempts_in_mail_log(site, smarthost, log_directory):
    site.use(smarthost(script={"rcpt": reply("450 4.2.1 busy")}))
    site.submit(ONE)
    site.submit(TWO)
    first, second = sorted(site.spool.names("new"))
    assert shown_log(site, first) == []
    attempts = []
    for count in range(3):
        _, log = site.flush()
        stamp = f"2026-11-2{count}T00:00:00+00:00 host "
        lines = [stamp + line for line in log.lines("qmgr|smtp")]
        attempts.append("".join(f"{line}\n" for line in lines))
    (log_directory / "mail.log.2.gz").write_bytes(
        gzip.compress(attempts[0].encode()))
    (log_directory / "mail.log.1").write_text(attempts[1])
    (log_directory / "mail.log").write_text(
        attempts[2] + f"host x: not{first}: {first}0 \x1b[31m\n"
        f"host x: {first}: \x1b[31m\n")
    lines = shown_log(site, first)
    assert len([line for line in lines if f"to=<{ONE}>" in line and
                "status=deferred" in line]) == 3
    assert lines == sorted(lines)
    assert not [line for line in lines if second in line or TWO in line]
    assert lines[-1] == f"host x: {first}: ?[31m"
    assert len(shown_log(site, first, second)) == 2 * len(lines) - 1
    # Who may not read it is not told that there was nothing.
    (log_directory / "mail.log").unlink()
    (log_directory / "mail.log").symlink_to("mail.log.1")
    assert len(shown_log(site, first)) == 2 * len(lines) // 3


JOURNALD = "/lib/systemd/systemd-journald"


@pytest.fixture
def journal(open_directory, log_directory):
    """The real journal, in a /run of its own."""
    if not os.path.exists(JOURNALD) or os.path.lexists("/dev/log"):
        pytest.skip("needs systemd-journald and no /dev/log")
    for name in ("log/journal", "systemd/journal"):
        (open_directory / name).mkdir(parents=True)
    with accounts.in_place_of("/run", open_directory):
        daemon = subprocess.Popen([JOURNALD], stderr=subprocess.DEVNULL)
        os.symlink("/run/systemd/journal/dev-log", "/dev/log")
        try:
            wait_until(lambda: os.path.exists("/dev/log"), "the journal")
            yield
        finally:
            os.unlink("/dev/log")
            daemon.terminate()
            daemon.wait()


def test_show_finds_the_attempts_in_the_journal(site, smarthost, journal,
                                                log_directory):
    site.use(smarthost(script={"rcpt": reply("450 4.2.1 busy")}),
             log="syslog")
    site.submit(ONE)
    name = site.spool.only("new").name
    (log_directory / "mail.log").write_text(f"{name}: the same again\n")
    site.flush()
    lines = wait_until(lambda: [line for line in shown_log(site, name)
                                if "status=deferred" in line],
                       "the attempt in the journal")
    assert len(lines) == 1
    assert re.match(r"\d{4}-\d\d-\d\dT\S+ \S+ onehop/smtp\[\d+\]: " + name,
                    lines[0])
    assert not [line for line in shown_log(site, name) if "same" in line]
    for verb in ("hold", "release"):
        assert site.ctl(verb, name).status == 0
    shown = wait_until(lambda: [line for line in shown_log(site, name)
                                if "released" in line], "the release") and \
        shown_log(site, name)
    for number, words in enumerate((
            r"pickup\[\d+\]: ID: uid=0", r"qmgr\[\d+\]: ID: from=",
            r"smtp\[\d+\]: ID: to=", r"postsuper\[\d+\]: ID: placed on hold$",
            r"postsuper\[\d+\]: ID: released from hold$")):
        assert re.search("onehop/" + words.replace("ID", name), shown[number])
    assert len(shown) == 5
    site.submit(TWO)
    assert site.ctl("hold", "ALL").status == 0
    wait_until(lambda: re.search(f"postsuper.* {name}, [0-9A-F]{{13}}: "
                                 "placed on hold$", shown_log(site, name)[-1]),
               "both in a line")
