"""The log in the words of Postfix's: Debian's pflogsumm counts it right."""

import re
import shutil
import subprocess
import time

import pytest

from script import reply

GOOD, BAD, LATER = "good@example.net", "bad@example.net", "later@example.net"
OLD = "old@example.net"


def summary(lines, directory):
    stamp = time.strftime("%b %e %H:%M:%S host ")
    log = directory / "mail.log"
    log.write_text("".join(f"{stamp}{line.rstrip()}\n" for line in lines))
    return subprocess.run(
        ["pflogsumm", "--syslog-name=onehop", str(log)],
        capture_output=True, text=True, check=True).stdout


def counts(text, *names):
    return [int(re.search(rf"^ +(\d+)   {name}\b", text, re.M).group(1))
            for name in names]


@pytest.mark.skipif(not shutil.which("pflogsumm"),
                    reason="pflogsumm is not installed")
def test_pflogsumm_counts_right(site, smarthost, syslog, tmp_path):
    host = smarthost(script={
        f"rcpt:{BAD}": reply("550 5.1.1 no such user"),
        f"rcpt:{LATER}": [reply("450 4.2.1 mailbox busy")],
        f"rcpt:{OLD}": reply("450 4.2.1 never there")})
    site.use(host)
    site.submit(GOOD, LATER)
    site.submit(GOOD)
    site.submit(BAD)
    site.submit(OLD)
    lines = syslog()
    assert len(lines) == 4
    for line in lines:
        assert re.match(r"onehop/pickup\[\d+\]: [0-9A-F]{13}: uid=\d+ "
                        r"from=<", line)
    _, log = site.flush()
    lines += log.lines("")
    text = summary(lines, tmp_path)
    # As with Postfix, a notification is not received, but delivered.
    assert len(log.lines("onehop/bounce.*sender non-delivery notif")) == 1
    words = "received", "delivered", "deferred", "bounced", "held", "rejected"
    assert counts(text, *words) == [4, 3, 2, 1, 0, 0], text
    assert "mailbox busy" in text
    # Later arrives, and old is given up: it has bounced.
    site.configure(lifetime="1s")
    time.sleep(1)
    _, log = site.flush()
    lines += log.lines("")
    assert log.lines(f"to=<{OLD}>.*dsn=4.4.7, status=bounced")
    text = summary(lines, tmp_path)
    assert counts(text, *words) == [4, 5, 2, 2, 0, 0], text


@pytest.mark.skipif(not shutil.which("pflogsumm"),
                    reason="pflogsumm is not installed")
def test_pflogsumm_counts_what_is_held_once(site, smarthost, syslog, tmp_path):
    """Nothing of it before it is released, and then as any other."""
    site.use(smarthost(), log="stderr")
    site.submit(GOOD)
    [name] = site.spool.names("new")
    (site.spool.path / "hold").mkdir(mode=0o700, exist_ok=True)
    queue, hold = (site.spool.path / state / name for state in ("new", "hold"))
    queue.rename(hold)
    lines = site.flush()[1].lines("") + syslog()
    words = "received", "delivered", "deferred", "bounced"
    assert counts(summary(lines, tmp_path), *words) == [1, 0, 0, 0]
    hold.rename(queue)
    lines += site.flush()[1].lines("")
    text = summary(lines, tmp_path)
    assert counts(text, *words) == [1, 1, 0, 0], text


@pytest.mark.skipif(not shutil.which("pflogsumm"),
                    reason="pflogsumm is not installed")
def test_pflogsumm_lists_warnings_and_what_was_fatal(site, syslog, tmp_path):
    site.configure(log="syslog", spool="/nonexistent/spool")
    assert site.flush()[0] == 71
    site.configure(spool=site.spool.path, relay=None)
    site.submit(GOOD)
    assert site.flush()[0] == 75
    text = summary(syslog(), tmp_path)
    fatal, warnings = (text[text.index(f"\n{title}\n"):].split("\n\n")[0]
                       for title in ("Fatal Errors", "Warnings"))
    assert "cannot open the spool /nonexistent/spool" in fatal
    assert "cannot send:" in warnings
