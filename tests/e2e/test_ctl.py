"""mailq and onehopctl: what administrators and monitoring see and do."""

import re
import threading
import time

import pytest

from harness import program, run, wait_until
from script import garbage, reply

ONE, TWO = "one@example.net", "two@example.net"
EMPTY = "Mail queue is empty\n"

# As postqueue -p prints it, and as monitoring plugins read it.
HEADER = re.compile(r"-Queue ID-\s+--Size-- ----Arrival Time---- "
                    r"-Sender/Recipient-------")
MESSAGE = re.compile(r"([0-9A-F]{13})[*! ]?\s+(\d+) "
                     r"((?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) "
                     r"[A-Z][a-z]{2} [ 0-3]\d \d\d:\d\d:\d\d)\s+(\S+)")
TOTAL = re.compile(r"-- (\d+) Kbytes in (\d+) Requests?\.")


@pytest.fixture
def queue(site, smarthost):
    """One new message, one deferred, one failed."""
    host = smarthost(script={
        "rcpt:later@example.net": reply("450 4.2.1 mailbox (busy)"),
        "rcpt:bad@example.net": reply("550 5.1.1 no such user")})
    site.use(host, retry_min="1h")
    site.submit("-f", "me@example.com", "later@example.net", ONE)
    site.submit("-f", "<>", "bad@example.net")
    site.flush()
    site.submit(ONE, TWO)
    return site


def test_an_empty_queue(site):
    result = site.mailq()
    assert (result.status, result.stdout, result.stderr) == (0, EMPTY, "")
    assert site.queue() == []
    listed = site.ctl("list")
    assert (listed.status, listed.stdout, listed.stderr) == (0, EMPTY, "")


def test_mailq_is_in_postfix_form(queue):
    lines = queue.mailq().stdout.splitlines()
    assert HEADER.fullmatch(lines[0])
    blocks = [block.splitlines() for block in
              "\n".join(lines[1:]).split("\n\n")]
    [deferred] = queue.spool.files("cur")
    [new] = queue.spool.files("new")
    by_id = {MESSAGE.fullmatch(block[0])[1]: block
             for block in blocks if MESSAGE.fullmatch(block[0])}
    block = by_id[deferred.name.partition(".")[0]]
    _, size, date, sender = MESSAGE.fullmatch(block[0]).groups()
    entry = queue.spool.entry("cur")
    assert int(size) == len(entry.message)
    assert sender == "me@example.com"
    arrival = int(deferred.name.partition(".")[0], 16) // 10**6
    assert date == time.strftime("%a %b %e %H:%M:%S", time.localtime(arrival))
    assert re.fullmatch(r"\s*\(.*450 4.2.1 mailbox \(busy\).*\)", block[1])
    assert block[2].strip() == "later@example.net"
    assert len(block) == 3      # not who has it already
    assert [line.strip() for line in by_id[new.name][1:]] == [ONE, TWO]
    assert len(by_id) == 2
    # As check_mailq reads it, for sendmail and, in the last line, Postfix.
    assert lines[-2].strip() == "Total requests: 2"
    assert TOTAL.fullmatch(lines[-1]).groups() == ("1", "2")


def test_mailq_shows_the_null_sender(site):
    site.submit("-f", "", ONE)
    assert "MAILER-DAEMON" in site.mailq().stdout


def test_mailq_j_has_the_keys_of_postqueue_j(queue):
    objects = {entry["queue_name"]: entry for entry in queue.queue()}
    deferred = objects["deferred"]
    assert set(deferred) == {"queue_name", "queue_id", "arrival_time",
                             "message_size", "forced_expire", "sender",
                             "recipients"}
    [path] = queue.spool.files("cur")
    assert deferred["queue_id"] == path.name.partition(".")[0]
    assert deferred["arrival_time"] == int(deferred["queue_id"], 16) // 10**6
    assert deferred["message_size"] == len(queue.spool.message("cur"))
    assert deferred["forced_expire"] is False
    assert deferred["sender"] == "me@example.com"
    [recipient] = deferred["recipients"]
    assert recipient["address"] == "later@example.net"
    assert "450 4.2.1 mailbox (busy)" in recipient["delay_reason"]
    incoming = next(entry for name, entry in objects.items()
                    if name in ("incoming", "active"))
    assert incoming["recipients"] == [{"address": ONE}, {"address": TWO}]


def test_json_is_escaped(site):
    site.submit("-f", '"a\\\\b\\"c"@example.org', '"x y"@example.net')
    [entry] = site.queue()
    assert entry["sender"] == '"a\\\\b\\"c"@example.org'
    assert entry["recipients"][0]["address"] == '"x y"@example.net'


def test_json_is_utf8_whatever_the_smarthost_said(site, smarthost):
    host = smarthost(script={
        "mail": garbage(b"450 4.2.1 \xff\xc3\x28 \"x\" \\ \x1b\r\n")})
    site.use(host, retry_min="1h")
    site.submit(ONE)
    site.flush()
    [entry] = site.queue()
    assert "450 4.2.1" in entry["recipients"][0]["delay_reason"]


def test_mailq_without_a_spool_is_empty(site):
    site.configure(spool=site.directory / "missing")
    result = site.mailq()
    assert (result.status, result.stdout) == (0, EMPTY)


def test_sendmail_bp_is_mailq(queue):
    result = queue.sendmail("-bp")
    assert result.stdout == queue.mailq().stdout


def identity(path):
    return path.name.partition(".")[0]


def test_list_names_every_message(queue):
    result = queue.ctl("list")
    assert result.status == 0
    for path in queue.spool.files("new", "cur"):
        assert identity(path) in result.stdout


def test_show_prints_envelope_and_message(queue):
    path = queue.spool.only("cur")
    result = queue.ctl("show", identity(path))
    assert (result.status, result.stderr) == (0, "")
    assert "me@example.com" in result.stdout
    assert "later@example.net" in result.stdout
    assert "mailbox (busy)" in result.stdout
    assert "Subject: test" in result.stdout


def test_show_finds_failed_messages(queue):
    result = queue.ctl("show", identity(queue.spool.only("failed")))
    assert result.status == 0
    assert "no such user" in result.stdout


def test_remove_removes_that_message_only(queue):
    path = queue.spool.only("new")
    result = queue.ctl("remove", identity(path))
    assert result.status == 0
    assert queue.spool.names("new") == []
    assert len(queue.spool.names("cur")) == 1


def test_remove_several_and_all(queue):
    paths = queue.spool.files("new", "cur")
    assert queue.ctl("remove", *map(identity, paths)).status == 0
    assert queue.spool.names("new", "cur") == []
    queue.submit(ONE)
    assert queue.ctl("remove", "ALL").status == 0
    assert queue.spool.names("new", "cur") == []
    assert queue.mailq().stdout == EMPTY


def test_a_removed_message_is_not_sent(site, smarthost):
    """By a flusher that knows it already and waits for its time."""
    host = smarthost(script={"mail": [reply("451 4.3.0 later")]})
    site.use(host, retry_min="2s")
    flusher = site.flusher()
    site.submit(ONE)
    flusher.log.wait_for("status=deferred")
    assert site.ctl("remove", "ALL").status == 0
    site.submit(TWO)
    flusher.log.wait_for(f"to=<{TWO}>.*status=sent")
    assert site.ctl("retry").status == 0
    site.submit(TWO)
    flusher.log.wait_for(f"to=<{TWO}>.*status=sent", 2)
    assert {m.recipients[0] for m in host.messages} == {TWO}
    assert site.spool.names() == []


def test_remove_in_flight_stops_nothing_else(site, smarthost):
    """It may be too late for that message, but for no other."""
    reached, opened = threading.Event(), threading.Event()

    def gate(session):
        reached.set()
        opened.wait(60)

    host = smarthost(script={f"rcpt:{ONE}": gate})
    site.use(host, connections=1)
    flusher = site.flusher()
    site.submit(ONE)
    assert reached.wait(60)
    site.ctl("remove", "ALL")
    opened.set()
    site.submit(TWO)
    flusher.log.wait_for(f"to=<{TWO}>.*status=sent")
    wait_until(lambda: not site.spool.names(), "an empty spool")
    assert len(host.messages) <= 2


def test_sendmail_q_is_retry(site, smarthost):
    host = smarthost(script={"rcpt": [reply("451 4.3.0 later")]})
    site.use(host, retry_min="4h")
    flusher = site.flusher()
    site.submit(ONE)
    flusher.log.wait_for("status=deferred")
    result = site.sendmail("-q")
    assert (result.status, result.stdout, result.stderr) == (0, "", "")
    flusher.log.wait_for("removed")


@pytest.mark.parametrize("words", [[], ["ALL"], ["ID"]])
def test_retry_makes_messages_due(site, smarthost, words):
    host = smarthost(script={"rcpt": [reply("451 4.3.0 later")]})
    site.use(host, retry_min="4h")
    flusher = site.flusher()
    site.submit(ONE)
    flusher.log.wait_for("status=deferred")
    [path] = site.spool.files("new", "cur")
    words = [identity(path) if word == "ID" else word for word in words]
    assert site.ctl("retry", *words).status == 0
    flusher.log.wait_for("removed")
    assert len(host.messages) == 1


def test_retry_of_one_leaves_the_others(site, smarthost):
    host = smarthost(script={"rcpt": [reply("451 4.3.0 later")] * 2})
    site.use(host, retry_min="4h")
    flusher = site.flusher()
    site.submit(ONE)
    site.submit(TWO)
    flusher.log.wait_for("status=deferred", 2)
    chosen = next(entry["queue_id"] for entry in site.queue()
                  if entry["recipients"][0]["address"] == TWO)
    assert site.ctl("retry", chosen).status == 0
    flusher.log.wait_for("removed")
    assert [m.recipients for m in host.messages] == [[TWO]]
    assert len(site.spool.names("cur")) == 1


@pytest.mark.parametrize("verb", ["show", "remove", "retry"])
@pytest.mark.parametrize("name", ["0000000000000", "nonsense", "../cur/x", "",
                                  "/etc/passwd"])
def test_a_message_that_does_not_exist(queue, verb, name):
    before = queue.spool.fingerprint()
    result = queue.ctl(verb, name)
    assert result.status not in (0, 1)
    assert result.stderr.startswith("onehopctl: ")
    assert queue.spool.fingerprint() == before


@pytest.mark.parametrize("arguments", [
    ["nonsense"], ["show"], ["remove"], ["list", "too", "many"], ["-Z"],
    ["config", "word"]])
def test_usage_errors(queue, arguments):
    before = queue.spool.fingerprint()
    result = queue.ctl(*arguments)
    assert result.status == 64
    assert result.stderr
    assert queue.spool.fingerprint() == before


def test_config_prints_every_setting_in_force(site):
    result = site.ctl("config")
    assert (result.status, result.stderr) == (0, "")
    settings = dict(line.split(" ", 1) for line in result.stdout.splitlines()
                    if line and not line.startswith("#") and " " in line)
    assert settings["spool"] == str(site.spool.path)
    assert settings["domain"] == "example.org"
    assert settings["retry-min"] == "1s"
    assert settings["connections"] == "4"
    assert settings["tls"] == "required"
    for keyword in ("auth", "tls-min-version", "retry-max", "relay-retry-max",
                    "lifetime", "max-size", "idle-timeout", "log"):
        assert keyword in settings


def test_config_is_a_configuration(site, smarthost):
    """What it prints can be used, and then prints the same."""
    site.use(smarthost())
    printed = site.ctl("config").stdout
    copy = site.directory / "copy.conf"
    copy.write_text(printed)
    again = run([program("onehopctl"), "-C", str(copy), "config"])
    assert (again.status, again.stdout, again.stderr) == (0, printed, "")


@pytest.mark.parametrize("line, pattern", [
    ("nonsense yes", "nonsense"),
    ("max-size huge", "max-size.*huge"),
    ("relay http://x", "relay.*smtps://"),
    ("connections 0", "connections"),
    ("lifetime 5x", "lifetime.*5d"),
    ("auth KERBEROS", "auth.*PLAIN"),
    ("tls perhaps", "tls.*required"),
    ("max-size", "max-size"),
])
def test_config_names_mistakes(site, line, pattern):
    number = len(site.configuration.read_text().splitlines()) + 1
    with open(site.configuration, "a") as configuration:
        configuration.write(line + "\n")
    result = site.ctl("config")
    assert result.status == 78
    assert re.search(rf"onehop\.conf:{number}: .*{pattern}", result.stderr)


def test_an_ordinary_user_may_not_touch_the_queue(open_directory, root):
    configuration = open_directory / "conf"
    configuration.write_text(f"spool {open_directory}/spool\n"
                             "domain example.org\n")
    run([program("sendmail"), "-C", str(configuration), ONE])
    [path] = (open_directory / "spool" / "new").iterdir()
    try:
        result = run([program("onehopctl"), "-C", str(configuration),
                      "remove", path.name], user="nobody", group="nogroup",
                     extra_groups=[], cwd="/")
    except PermissionError:
        pytest.skip("the programs are out of reach for user nobody")
    assert result.status == 77
    assert result.stderr.startswith("onehopctl: ")
    assert path.exists()


def test_mailq_names_what_it_cannot_show(queue):
    """A message that it passed over in silence would be missed by nobody."""
    [name] = queue.spool.names("new")
    path = queue.spool.path / "new" / name
    path.write_bytes(path.read_bytes()[:-1])
    result = queue.mailq()
    assert result.status == 0 and name not in result.stdout
    assert re.fullmatch(f"mailq: {name}: is corrupt: .*\n", result.stderr)
