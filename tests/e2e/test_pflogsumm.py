"""The log in the words of Postfix's: Debian's pflogsumm counts it right."""

import re
import shutil
import subprocess
import time

import pytest

from script import reply

GOOD, BAD, LATER = "good@example.net", "bad@example.net", "later@example.net"


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
    lines = syslog()
    assert len(lines) == 3
    for line in lines:
        assert re.match(r"onehop/pickup\[\d+\]: [0-9A-F]{13}: uid=\d+ "
                        r"from=<", line)
    _, log = site.flush()
    counts = summary(lines + log.lines(""), tmp_path)
    # As with Postfix, a notification is not received, but delivered.
    assert len(log.lines("onehop/bounce.*sender non-delivery notif")) == 1
    for count, what in ((3, "received"), (3, "delivered"), (1, "deferred"),
                        (1, "bounced")):
        assert re.search(rf"^ +{count}   {what}", counts, re.M), counts
    assert "mailbox busy" in counts
