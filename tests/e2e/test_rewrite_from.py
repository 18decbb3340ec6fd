"""rewrite-from: From and Sender get the address that the envelope got."""

import pytest

from harness import field

ONE = "one@example.net"
ALERTS = "alerts@example.com"


def sent(site, header, *options):
    site.submit(*options, ONE, input=header + b"Subject: x\n\nx\n")
    entry = site.spool.entry("new")
    return entry.sender, {name: field(entry.message, name)
                          for name in ("from", "sender", "reply-to",
                                       "x-original-from")}


@pytest.mark.parametrize("header, expected", [
    (b"From: Web Shop <shop@host>\n",
     [[f"Web Shop <{ALERTS}>"], [], ["Web Shop <shop@host>"], []]),
    (b"From: root (Cron Daemon)\n",
     [[f"Cron Daemon <{ALERTS}>"], [], ["root@example.org (Cron Daemon)"],
      []]),
    (b"From: a@host\nReply-To: help@example.com\nSender: b@host\n",
     [[f'"a@host" <{ALERTS}>'], [f'"b@host" <{ALERTS}>'],
      ["help@example.com"], ["a@host"]]),
    (b"", None)])
def test_envelope_from(site, header, expected):
    site.configure(envelope_from=ALERTS, rewrite_from="on")
    sender, fields = sent(site, header, "-f", "web@host", "-F", "Web")
    assert sender == ALERTS
    if expected is None:
        expected = [[f"Web <{ALERTS}>"], [], [], []]
    assert list(fields.values()) == expected


def test_off_leaves_the_header_alone(site):
    site.configure(envelope_from=ALERTS)
    sender, fields = sent(site, b"From: a@host\n")
    assert (sender, fields["from"]) == (ALERTS, ["a@host"])
    assert fields["reply-to"] == []


def test_senders(site, tmp_path):
    """Only where a line of the table has replaced the sender."""
    table = tmp_path / "senders"
    table.write_text(f"web@* {ALERTS}\n")
    site.configure(senders=table, rewrite_from="on")
    sender, fields = sent(site, b"From: a@host\n", "-f", "web@host")
    assert (sender, fields["from"]) == (ALERTS, [f'"a@host" <{ALERTS}>'])
    site.spool.only("new").unlink()
    sender, fields = sent(site, b"From: a@host\n", "-f", "me@host")
    assert (sender, fields["from"]) == ("me@host", ["a@host"])


def test_the_null_sender_stays(site):
    site.configure(envelope_from=ALERTS, rewrite_from="on")
    sender, fields = sent(site, b"From: a@host\n", "-f", "")
    assert (sender, fields["from"]) == ("", ["a@host"])
