"""Logwatch's filter for Postfix reads the log: Debian's, on all our lines."""

import os
import pathlib
import re
import subprocess
import time

import pytest

from harness import SOURCE, environment
from script import reply

FILTER = pathlib.Path("/usr/share/logwatch/scripts/services/postfix")
GOOD, BAD, LATER = "good@example.net", "bad@example.net", "later@example.net"

pytestmark = pytest.mark.skipif(not FILTER.exists(),
                                reason="logwatch is not installed")

OWN = re.search(r'#define LOG_OWN ("\w+")',
                (SOURCE / "src/base/log.h").read_text()).group(1)
LITERAL = r'"(?:[^"\\]|\\.)*"'
CALL = re.compile(
    r"\b(log_info|log_event|log_warnx?(?:_about)?|fatalx?)"
    rf"\(((?:[^;\"]|{LITERAL})*)\);", re.S)
# What the programs with a log are made of; onehopctl has none.
SOURCES = ("base", "mail", "spool", "sendmail", "flush", "smtp")


def report(lines):
    """What the filter says, given what onehop.conf(5) says to set."""
    stamp = time.strftime("%b %e %H:%M:%S host ")
    result = subprocess.run(
        ["perl", str(FILTER)], capture_output=True, text=True, check=True,
        input="".join(f"{stamp}{line.rstrip()}\n" for line in lines),
        env=environment(LOGWATCH_DETAIL_LEVEL="10",
                        postfix_Syslog_Name="onehop"))
    assert result.stderr == ""
    return result.stdout


def count(text, what):
    """Of a line of the summary, with or without its bar of percents."""
    found = re.search(rf"^ +(\d+)   {what}\s", text, re.M)
    return int(found.group(1)) if found else 0


def test_it_counts_right(site, smarthost, syslog):
    host = smarthost(script={
        f"rcpt:{BAD}": reply("550 5.1.1 no such user"),
        f"rcpt:{LATER}": [reply("450 4.2.1 mailbox busy")],
        "rcpt:old@example.net": reply("450 4.2.1 never there")})
    site.use(host, log="syslog")
    site.submit(GOOD, LATER)
    site.submit("-f", "me@example.org", "old@example.net")
    site.submit(BAD)
    assert site.flush()[0] == 75
    time.sleep(1)
    site.configure(lifetime="1s")
    assert site.flush()[0] == 0
    lines = syslog()
    assert [line for line in lines if "dsn=4.4.7, status=bounced" in line]
    text = report(lines)
    assert "Unmatched" not in text
    # Good, later, and two notifications; localhost is local to it.
    assert [count(text, what) for what in (
        "Accepted", "Sent via SMTP", "Deferred", "Deferrals",
        "Bounced .local.", "Notifications sent", "Removed from queue",
        "TLS connections .client.")] == [
        3, 4, 2, 2, 2, 2, 5, len([line for line in lines if
                                  "TLS connection established" in line])]


def test_it_knows_what_onehopctl_does(site, smarthost, syslog):
    host = smarthost(script={f"rcpt:{BAD}": reply("550 5.1.1 no such user")})
    site.use(host, log="syslog")
    site.submit("-f", "<>", BAD)
    assert site.flush()[0] == 0
    assert site.ctl("failed", "requeue", "ALL").status in (0, 75)
    site.submit(GOOD)
    for verb in ("hold", "release", "remove"):
        assert site.ctl(verb, "ALL").status in (0, 75)
    lines = syslog()
    for said in ("requeued as", "placed on hold", "released from hold",
                 "removed", "kept in failed/"):
        assert [line for line in lines if said in line], said
    text = report(lines)
    assert "Unmatched" not in text, text[text.index("Unmatched"):]


def arguments(text):
    """The strings among them, and what stands before the first."""
    strings = re.findall(LITERAL, text)
    return text[:text.index('"')], "".join(s[1:-1] for s in strings)


def lines_of(call, text):
    """A line as base/log.c makes it of such a call, if it is one there."""
    if '"' not in text:
        return []
    before, fmt = arguments(text)
    fmt = fmt.replace('\\"', '"').replace("%%", "%")
    said = re.sub(r"%[-.*\d]*(?:l|ll|z|j)?([a-z])",
                  lambda m: "x" if m.group(1) == "s" else "7", fmt)
    if call == "log_event":
        strings = re.findall(LITERAL, text)
        service = re.match(rf"\s*(?:{LITERAL}|LOG_OWN)", text).group().strip()
        if service == "LOG_OWN":
            service = OWN
        else:
            said = said[len(strings[0]) - 2:]
        about = "" if re.match(r"\s*[^,]*,\s*NULL", text) else "6612345678ABC: "
        return [f"onehop/{service[1:-1]}[7]: {about}{said}"]
    about = "6612345678ABC: " if call.endswith("about") else ""
    prefix = {"log_info": "", "fatal": "fatal: ", "fatalx": "fatal: "}.get(
        call, "warning: ")
    services = [OWN[1:-1]] if call == "log_info" else ["qmgr", "smtp", "pickup"]
    return [f"onehop/{service}[7]: {prefix}{about}{said}"
            for service in services]


def test_every_line_that_there_is():
    """Whatever the sources can log, also what no test makes them log."""
    lines = []
    for part in SOURCES:
        for path in sorted((SOURCE / "src" / part).rglob("*.c")):
            if path.name == "log.c":
                continue
            for call, text in CALL.findall(path.read_text()):
                lines += lines_of(call, text)
    for sample in ("warning: cannot send: x; all mail waits",
                   "6612345678ABC: removed", "postlog[7]: session ended: x",
                   "bounce[7]: 6612345678ABC: sender x notification: x",
                   "smtp[7]: TLS connection established to x: x"):
        assert [line for line in lines if line.endswith(sample)], sample
    # The word is one of three, which the sources have in a table.
    lines = [line.replace("sender x notification", f"sender {word}"
                          " notification") for line in lines
             for word in ("non-delivery", "delay", "delivery status")]
    text = report(lines)
    assert "Unmatched" not in text, text[text.index("Unmatched"):]
    assert "cannot send: x; all mail waits" in text.lower()
    # The test sees what it is to see.
    assert "Unmatched" in report(["onehop/qmgr[7]: an unknown line"])
