"""The log in the words of Postfix's: Debian's pflogsumm counts it right."""

import os
import re
import shutil
import socket
import subprocess
import time

import pytest

from script import reply

GOOD, BAD, LATER = "good@example.net", "bad@example.net", "later@example.net"


@pytest.fixture
def syslog():
    """What is sent to /dev/log, where no syslogd has it."""
    if os.getuid() != 0 or os.path.lexists("/dev/log"):
        pytest.skip("needs root and a /dev/log that nobody has")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.bind("/dev/log")
        try:
            log.settimeout(5)
            yield log
        finally:
            os.unlink("/dev/log")


def received(log):
    """The messages of syslog(3), without priority and time."""
    lines = []
    log.setblocking(False)
    try:
        while True:
            text = log.recv(8192).decode()
            lines.append(re.sub(r"^<\d+>\w{3} .\d \d\d:\d\d:\d\d ", "", text))
    except BlockingIOError:
        return lines


def summary(lines, directory):
    stamp = time.strftime("%b %e %H:%M:%S host ")
    log = directory / "mail.log"
    log.write_text("".join(f"{stamp}{line.rstrip()}\n" for line in lines))
    return subprocess.run(
        ["pflogsumm", "--syslog-name=onehop", str(log)],
        capture_output=True, text=True, check=True).stdout


@pytest.mark.skipif(not shutil.which("pflogsumm"),
                    reason="pflogsumm is not installed")
def test_pflogsumm_counts_right(site, smarthost, syslog, tmp_path):
    host = smarthost(script={
        f"rcpt:{BAD}": reply("550 5.1.1 no such user"),
        f"rcpt:{LATER}": [reply("450 4.2.1 mailbox busy")]})
    site.use(host)
    site.submit(GOOD, LATER)
    site.submit(GOOD)
    site.submit(BAD)
    lines = received(syslog)
    assert len(lines) == 3
    for line in lines:
        assert re.match(r"onehop/pickup\[\d+\]: [0-9A-F]{13}: uid=\d+ "
                        r"from=<", line)
    _, log = site.flush()
    counts = summary(lines + log.lines(""), tmp_path)
    for count, what in ((3, "received"), (2, "delivered"), (1, "deferred"),
                        (1, "bounced")):
        assert re.search(rf"^ +{count}   {what}", counts, re.M), counts
    assert "mailbox busy" in counts
