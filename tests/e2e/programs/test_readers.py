"""Mail readers, used as they are in scripts."""

import pytest

import letter
from harness import body, field, program
from machine import as_alice

ONE, TWO, BLIND = "one@example.net", "two@example.net", "blind@example.net"
TEXT = "Grüße\n.\n..\nend\n"


def mutt(command, *arguments, name="mutt"):
    return [name, "-n", "-F", "/dev/null", "-e",
            f'set sendmail="{command}"', "-e", "set copy=no", *arguments]


def test_mutt(caller, need):
    need("mutt")
    attachment = caller.directory / "data.bin"
    attachment.write_bytes(bytes(range(256)) * 20)
    caller.call(mutt(
        f"{caller.command} -oem -oi",
        "-e", "set use_envelope_from=yes use_8bitmime=yes",
        "-e", 'set from="Me <me@example.com>"', "-e", 'set charset="utf-8"',
        "-s", "Grüße", "-a", attachment, "-b", BLIND, "--", ONE, TWO),
        input=TEXT.encode())
    message = caller.arrived()
    assert message.sender == "me@example.com"
    assert set(message.recipients) == {ONE, TWO, BLIND}
    text, data = letter.parse(message).iter_parts()
    assert letter.text(text) == TEXT.splitlines()
    assert data.get_content() == attachment.read_bytes()
    assert letter.parse(message)["subject"] == "Grüße"
    assert b"blind" not in message.data


@pytest.mark.parametrize("name", ["mutt", "neomutt"])
@pytest.mark.parametrize("offered", [True, False], ids=["dsn", "without"])
def test_mutt_asks_for_notifications(caller, need, name, offered):
    """A smarthost without DSN never hears of it; the mail goes out."""
    need(name)
    if offered:
        caller.host.keywords.append("DSN")
    caller.call(mutt(
        f"{caller.command} -oem -oi",
        "-e", "set dsn_notify=failure,delay dsn_return=hdrs",
        "-e", "set use_envelope_from=yes from=me@example.com",
        "-e", "set use_8bitmime=yes", "-s", "Grüße", "-b", BLIND, "--",
        ONE, name=name), input=TEXT.encode())
    message = caller.arrived()
    assert message.sender == "me@example.com"
    assert sorted(message.recipients) == sorted([ONE, BLIND])
    assert b"blind" not in message.data
    assert letter.text(letter.parse(message)) == TEXT.splitlines()
    assert message.parameters.get("RET") == ("HDRS" if offered else None)
    assert message.asked == ({ONE: {"NOTIFY": "FAILURE,DELAY"},
                              BLIND: {"NOTIFY": "FAILURE,DELAY"}}
                             if offered else {ONE: {}, BLIND: {}})


def test_mutt_tells_of_a_failure(caller, need):
    need("mutt")
    result = caller.run(mutt(f"{caller.command} -f a@ -oi", "-s", "x",
                             "--", ONE), input=b"text\n")
    assert result.status != 0
    assert caller.spool.names() == []


def s_nail(caller, *arguments):
    return ["s-nail", "-:/", "-S", f"mta={program('sendmail')}", "-S",
            f"mta-arguments=-C {caller.site.configuration}", "-S",
            "v15-compat=yes", "-S", "ttycharset=utf-8", *arguments]


def test_s_nail(caller, need):
    need("s-nail")
    caller.call(s_nail(caller, "-r", "me@example.com", "-s", "Grüße",
                       "-b", BLIND, ONE, TWO), input=TEXT.encode())
    message = caller.arrived()
    assert message.sender == "me@example.com"
    assert set(message.recipients) == {ONE, TWO, BLIND}
    parsed = letter.parse(message)
    assert letter.text(parsed) == TEXT.splitlines()
    assert parsed["subject"] == "Grüße"
    assert b"blind" not in message.data


def test_s_nail_tells_of_a_failure(caller, need):
    need("s-nail")
    result = caller.run(s_nail(caller, "-S", "mta-bcc-ok", "-r", "a@@b", ONE),
                        input=b"text\n")
    assert result.status != 0
    assert caller.spool.names() == []


def test_bsd_mailx(machine, need):
    """An ordinary user, and /usr/sbin/sendmail as it is installed."""
    need("bsd-mailx")
    machine.call(as_alice(f"bsd-mailx -s Grüße -c {TWO} -b {BLIND} "
                          f"-a 'Reply-To: me@example.com' {ONE} root"),
                 input=TEXT.encode())
    message = machine.arrived()
    assert message.sender == "alice@example.org"
    assert set(message.recipients) == {ONE, TWO, BLIND, "root@example.org"}
    assert b"blind" not in message.data
    parsed = letter.parse(message)
    assert letter.text(parsed) == TEXT.splitlines()
    assert field(message.data, "from") == [
        '"Alice Q. Tester" <alice@example.org>']
    assert field(message.data, "to") == [f"{ONE}, root@example.org"]
    assert field(message.data, "cc") == [TWO]
    assert field(message.data, "reply-to") == ["me@example.com"]


def test_bsd_mailx_with_a_sender(machine, need):
    """Without a terminal a lone dot is text."""
    need("bsd-mailx")
    machine.call(as_alice(f"bsd-mailx -s x -r b@example.com {ONE}"),
                 input=b"From here\n\n.\n")
    message = machine.arrived()
    assert message.sender == "b@example.com"
    assert message.recipients == [ONE]
    assert body(message.data) == b"From here\r\n\r\n.\r\n"


def test_mailutils(machine, need):
    """It qualifies root with the bare name of the host.  (R19)"""
    need("mail.mailutils")
    (machine.directory / "data.bin").write_bytes(bytes(range(256)) * 9)
    machine.call(as_alice(
        "mail.mailutils -E 'set nodot' -s Grüße "
        f"-A {machine.directory}/data.bin -a 'Cc: {TWO}' "
        f"-a 'Bcc: {BLIND}' {ONE} root"), input=TEXT.encode())
    message = machine.arrived()
    assert message.sender in ("alice@example.org", "alice@host1")
    assert set(message.recipients) == {ONE, TWO, BLIND, "root@example.org"}
    assert b"blind" not in message.data
    parsed = letter.parse(message)
    text, data = parsed.iter_parts()
    assert letter.text(text)[:4] == TEXT.splitlines()
    assert data.get_content() == bytes(range(256)) * 9
    assert "Tester" in str(parsed["from"])


def test_mailutils_plain(machine, need):
    need("mail.mailutils")
    machine.call(as_alice("mail.mailutils -E 'set nodot' -r me@example.com "
                          f"-s x {ONE}"), input=TEXT.encode())
    message = machine.arrived()
    assert message.sender == "me@example.com"
    assert message.recipients == [ONE]
    assert letter.text(letter.parse(message)) == TEXT.splitlines()


DRAFT = f"""From: me@example.com
To: {ONE}
Cc: root
Bcc: {BLIND}
Subject: x
--------
text
.
end
"""


@pytest.mark.parametrize("transport", ["pipe", "smtp"])
def test_nmh(caller, need, transport):
    """It hands the program's words over as they stand, or speaks SMTP."""
    need("/usr/lib/mh/post", "-version")
    draft = caller.directory / "draft"
    draft.write_text(DRAFT)
    (caller.home / ".mh_profile").write_text(f"Path: {caller.home}/Mail\n")
    (caller.home / "Mail").mkdir()
    caller.call(["/usr/lib/mh/post", "-mts", f"sendmail/{transport}",
                 "-sendmail", caller.wrapper, draft])
    messages = caller.arrivals()
    assert sorted(recipient for message in messages
                  for recipient in message.recipients) == sorted(
                      [ONE, "root@example.org", BLIND])
    # A blind recipient gets the message in a cover of its own.
    for message in messages:
        assert b"\r\n\r\ntext\r\n.\r\nend\r\n" in message.data
