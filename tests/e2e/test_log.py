"""The log as JSON, for what collects it from containers and the journal."""

import datetime
import json
import os
import re
import subprocess

from harness import environment, program, run
from script import garbage, reply

GOOD, BAD, LATER = "good@example.net", "bad@example.net", "later@example.net"


def events(text):
    """The lines, each of which is an object of the keys that all have."""
    parsed = [json.loads(line) for line in text.split("\n")[:-1]]
    assert text.endswith("\n")
    for event in parsed:
        assert list(event)[:4] == ["time", "level", "service", "pid"]
        assert list(event)[-1] == "message"
        when = datetime.datetime.fromisoformat(event["time"])
        assert when.tzinfo is not None
        age = datetime.datetime.now(datetime.timezone.utc) - when
        assert 0 <= age.total_seconds() < 600
        assert event["level"] in ("info", "warning", "error")
        assert isinstance(event["pid"], int)
    return parsed


def test_fields_are_keys(site, smarthost):
    host = smarthost(script={
        f"rcpt:{BAD}": garbage(b'550 5.1.1 \xff\xc3\x28 "x" \\ \x1b[m\r\n'),
        f"rcpt:{LATER}": [reply("450 4.2.1 mailbox busy")]})
    site.use(host, log="json")
    site.submit("-f", "me@example.org", GOOD, BAD, LATER)
    [name] = site.spool.names("new")
    status, log = site.flush()
    assert status == 75
    all_of_them = events(log.text())
    about = [event for event in all_of_them if event.get("id") == name]
    active, *outcomes = [event for event in about
                         if "bounce" not in event["service"]]
    assert (active["service"], active["from"], active["size"],
            active["nrcpt"], active["uid"], active["message"]) == (
        "qmgr", "me@example.org", active["size"], 3, os.getuid(),
        f"from=<me@example.org>, size={active['size']}, nrcpt=3, "
        f"uid={os.getuid()} (queue active)")
    assert isinstance(active["size"], int) and active["size"] > 0
    outcomes = {event["to"]: event for event in outcomes}
    assert {to: (event["service"], event["status"], event["dsn"])
            for to, event in outcomes.items()} == {
        GOOD: ("smtp", "sent", "2.0.0"), BAD: ("smtp", "bounced", "5.1.1"),
        LATER: ("smtp", "deferred", "4.2.1")}
    for event in outcomes.values():
        assert re.fullmatch(r"\S+\[127.0.0.1\]:\d+", event["relay"])
        assert 0 <= event["delay"] < 600
        assert len(event["delays"].split("/")) == 4
        assert event["reason"] in event["message"]
    assert "mailbox busy" in outcomes[LATER]["reason"]
    assert '"x" \\' in outcomes[BAD]["reason"]
    assert [event["level"] for event in about] == ["info"] * len(about)
    [bounce] = [event for event in about if event["service"] == "bounce"]
    assert re.fullmatch("sender non-delivery notification: [0-9A-F]{13}",
                        bounce["message"])
    assert [event["pid"] for event in all_of_them
            if "TLS connection established" in event["message"]] != [
        active["pid"]]


def test_trouble(site, smarthost):
    host = smarthost(script={"auth": reply("535 5.7.8 wrong")})
    site.use(host, log="json")
    site.submit(GOOD)
    status, log = site.flush()
    assert status == 75
    [warning] = [event for event in events(log.text())
                 if event["level"] != "info"]
    assert (warning["level"], warning["service"]) == ("warning", "qmgr")
    assert warning["message"].startswith("cannot send: ")
    assert "id" not in warning


def test_what_ends_it_is_json_too(site):
    site.configure(log="json", spool="/nonexistent/spool")
    result = run([program("onehop-flush"), "-C", str(site.configuration)])
    [event] = events(result.stderr)
    assert (result.status, event["level"]) == (71, "error")
    assert "/nonexistent/spool" in event["message"]


def test_a_mistake_beside_it_is_json_too(site):
    site.configure(log="json", connections="many")
    result = run([program("onehop-flush"), "-C", str(site.configuration)])
    assert result.status == 78
    warning, error = events(result.stderr)
    assert "connections" in warning["message"]
    assert (warning["level"], error["level"]) == ("warning", "error")


def test_sendmail_speaks_to_its_caller(site):
    site.configure(log="json")
    result = site.sendmail("no address@")
    assert result.status == 65
    assert result.stderr.startswith("sendmail: ")


def test_the_journal_hears_of_priorities(site, tmp_path):
    """As systemd starts a service: stderr is what JOURNAL_STREAM names."""
    site.configure(log="stderr", relay=None)
    site.submit(GOOD)
    journal = tmp_path / "journal"
    with open(journal, "wb") as stream:
        of = os.fstat(stream.fileno())
        subprocess.run(
            [program("onehop-flush"), "-C", str(site.configuration), "-q"],
            stderr=stream, check=False, stdin=subprocess.DEVNULL,
            env=environment(JOURNAL_STREAM=f"{of.st_dev}:{of.st_ino}"))
    lines = journal.read_text().splitlines()
    assert [line for line in lines
            if re.match(r"<4>onehop/qmgr\[\d+\]: warning: ", line)]
    assert [line for line in lines if not re.match("<[46]>onehop/", line)] == []
