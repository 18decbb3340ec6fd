"""Requirements 58 to 64: SMTP on standard input and output."""

import resource

import pytest

from checks import OK, ONE, TWO, flushed, lines_of, rcpt_commands
from harness import Entry, body, field, fields
from smtp import Dialogue, replies

MESSAGE = b"Subject: x\r\n\r\ntext\r\n.\r\n"
OPENING = b"EHLO x\r\nMAIL FROM:<me@example.com>\r\n" \
    b"RCPT TO:<one@example.net>\r\nDATA\r\n"


def session(site, octets, *arguments, **options):
    """The result of a session whose input is all there at once."""
    result = site.sendmail("-bs", *arguments, input=octets, **options)
    assert result.stderr == ""
    return result


def entries(site):
    """All messages in the queue, in the order in which they came."""
    return [Entry.read(path) for path in site.spool.files("new")]


@pytest.fixture
def dialogue(site):
    with Dialogue(site) as dialogue:
        yield dialogue


# 58: the commands.

def test_r58_the_greeting_comes_at_once(dialogue):
    assert dialogue.greeting[-1].startswith("220 ")
    assert dialogue.command("QUIT") == "221"
    assert dialogue.end() == OK


@pytest.mark.parametrize("name", ["EHLO", "HELO"])
@pytest.mark.parametrize("argument", [
    " localhost", " [127.0.0.1]", " [IPv6:::1]", " host.example.org", "",
    " under_score", " two words", " "])
def test_r58_hello_with_any_name(dialogue, name, argument):
    assert dialogue.command(name + argument) == "250"
    assert dialogue.message("Subject: x", "", "text")[-1] == "250"


@pytest.mark.parametrize("command, code", [
    ("NOOP", "250"), ("NOOP anything", "250"), ("RSET", "250"),
    ("VRFY root", "252"), ("VRFY <one@example.net>", "252"), ("HELP", "214"),
    ("HELP MAIL", "214"), ("noop", "250"), ("NoOp", "250"), ("rset ", "250"),
    ("QUIT", "221"), ("quit", "221")])
def test_r58_commands(dialogue, command, code):
    assert dialogue.command("EHLO x") == "250"
    assert dialogue.command(command) == code


@pytest.mark.parametrize("command", [
    "VERB", "ONEX", "EXPN list", "XYZZY", "", " ", "AUTH PLAIN AAAA",
    "STARTTLS", "ETRN x", "TURN", "\x01\x02", "MAILFROM", b"\xff\xfe"])
def test_r58_unknown_commands_do_not_end_it(dialogue, command):
    assert dialogue.command("EHLO x") == "250"
    assert dialogue.command(command) in ("500", "501", "502", "503", "504")
    assert dialogue.message("Subject: x", "", "text") == ["250", "250", "354",
                                                          "250"]


def test_r58_without_hello(dialogue):
    """Accepted or refused, but never anything else."""
    code = dialogue.command("MAIL FROM:<me@example.com>")
    assert code in ("250", "503")
    assert dialogue.command("QUIT") == "221"


@pytest.mark.parametrize("octets", [b"X" * 100000, b"MAIL FROM:<" +
                                    b"x" * 100000 + b"@example.com>"],
                         ids=["a word", "an address"])
def test_r58_a_line_that_is_too_long(dialogue, octets):
    assert dialogue.command("EHLO x") == "250"
    assert dialogue.command(octets)[0] == "5"
    assert dialogue.command("NOOP") == "250"


# 59: several transactions in a session.

@pytest.mark.parametrize("between", [[], ["RSET"], ["NOOP"], ["EHLO x"]])
def test_r59_several_messages(site, dialogue, between):
    assert dialogue.command("EHLO x") == "250"
    for number in range(3):
        codes = dialogue.message(f"Subject: {number}", "", f"text {number}",
                                 sender=f"from{number}@example.com",
                                 recipients=(f"to{number}@example.net", TWO))
        assert codes == ["250", "250", "250", "354", "250"]
        for command in between:
            assert dialogue.command(command) == "250"
    assert dialogue.command("QUIT") == "221"
    assert dialogue.end() == OK
    found = entries(site)
    assert [entry.sender for entry in found] == [
        f"from{number}@example.com" for number in range(3)]
    assert [entry.recipients for entry in found] == [
        [f"to{number}@example.net", TWO] for number in range(3)]
    assert [body(entry.message) for entry in found] == [
        b"text %d\r\n" % number for number in range(3)]
    identities = {field(entry.message, "message-id")[0] for entry in found}
    assert len(identities) == 3


def test_r59_as_nmh_does_it(site, dialogue):
    """A dry run first: nothing of it remains."""
    assert dialogue.command("EHLO x") == "250"
    assert dialogue.command("MAIL FROM:<dry@example.com>") == "250"
    assert dialogue.command("RCPT TO:<dry@example.net>") == "250"
    assert dialogue.command("RSET") == "250"
    assert dialogue.message("Subject: x", "", "text")[-1] == "250"
    assert dialogue.command("RSET") == "250"
    assert dialogue.message("Subject: y", "", "text", recipients=[TWO])[-1] \
        == "250"
    assert dialogue.end() == OK
    assert [entry.recipients for entry in entries(site)] == [[ONE], [TWO]]


# 60: the reply to EHLO, and parameters.

def keywords(dialogue):
    dialogue.send("EHLO x")
    reply = dialogue.reply()
    assert len(reply) > 1 and all(line[:4] == "250-" for line in reply[:-1])
    return {line[4:].split()[0].upper(): line[4:].split()[1:]
            for line in reply[1:]}


def test_r60_what_EHLO_offers(site, dialogue):
    offered = keywords(dialogue)
    assert {"8BITMIME", "PIPELINING", "SIZE", "ENHANCEDSTATUSCODES",
            "DSN", "SMTPUTF8", "CHUNKING"} <= set(offered)
    assert not {"AUTH", "STARTTLS"} & set(offered)


def test_r60_SIZE_is_max_size(site):
    site.configure(max_size="20K")
    with Dialogue(site) as dialogue:
        assert keywords(dialogue)["SIZE"] == ["20480"]
        assert dialogue.command("MAIL FROM:<a@example.com> SIZE=99999") == \
            "552"
        assert dialogue.command("MAIL FROM:<a@example.com> SIZE=1000") == \
            "250"


def test_r60_HELO_offers_nothing(dialogue):
    dialogue.send("HELO x")
    assert len(dialogue.reply()) == 1


@pytest.mark.parametrize("parameters", [
    "SIZE=100", "BODY=8BITMIME", "BODY=7BIT", "SMTPUTF8", "RET=HDRS",
    "RET=FULL ENVID=QQ1", "size=1 body=8bitmime", "SIZE=0"])
def test_r60_parameters_of_MAIL(dialogue, parameters):
    assert dialogue.command("EHLO x") == "250"
    assert dialogue.command(f"MAIL FROM:<a@example.com> {parameters}") == \
        "250"


@pytest.mark.parametrize("parameters", [
    "NOTIFY=NEVER", "NOTIFY=SUCCESS,FAILURE,DELAY",
    "NOTIFY=FAILURE ORCPT=rfc822;one@example.net", "notify=never"])
def test_r60_parameters_of_RCPT(dialogue, parameters):
    assert dialogue.command("EHLO x") == "250"
    assert dialogue.command("MAIL FROM:<a@example.com>") == "250"
    assert dialogue.command(f"RCPT TO:<{ONE}> {parameters}") == "250"


@pytest.mark.parametrize("parameters", ["FOO", "FOO=BAR", "SIZE=1 FOO=x"])
def test_r60_unknown_parameters(dialogue, parameters):
    assert dialogue.command("EHLO x") == "250"
    assert dialogue.command(f"MAIL FROM:<a@example.com> {parameters}") == \
        "555"
    assert dialogue.command("MAIL FROM:<a@example.com>") == "250"
    parameters = parameters.replace("SIZE=1 ", "")
    assert dialogue.command(f"RCPT TO:<{ONE}> {parameters}") == "555"


@pytest.mark.parametrize("parameters", ["SIZE=x", "SIZE=", "SIZE=-1",
                                        "BODY=FOO", "RET=x", "RET=",
                                        "ENVID=a+b", "SIZE=" + "9" * 30])
def test_r60_malformed_parameters(dialogue, parameters):
    assert dialogue.command("EHLO x") == "250"
    code = dialogue.command(f"MAIL FROM:<a@example.com> {parameters}")
    assert code in ("501", "504", "552", "555")
    assert dialogue.command(f"RCPT TO:<{ONE}>") == "503"


def test_r60_DATA_after_a_refused_MAIL(site, dialogue):
    assert dialogue.command("EHLO x") == "250"
    assert dialogue.command("MAIL FROM:<a@>") == "501"
    assert dialogue.command("DATA") == "503"
    assert dialogue.command("NOOP") == "250"
    assert site.spool.names() == []


def test_r60_DSN_reaches_the_smarthost(site, relayed):
    relayed("DSN")
    with Dialogue(site) as dialogue:
        assert dialogue.command("EHLO x") == "250"
        assert dialogue.command("MAIL FROM:<me@example.com> RET=HDRS "
                                "ENVID=QQ+2B1") == "250"
        assert dialogue.command(f"RCPT TO:<{ONE}> NOTIFY=SUCCESS,DELAY "
                                "ORCPT=rfc822;other+40x") == "250"
        assert dialogue.command(f"RCPT TO:<{TWO}> NOTIFY=NEVER") == "250"
        assert dialogue.command("DATA") == "354"
        dialogue.send("Subject: x", "", "text")
        assert dialogue.command(".") == "250"
    [message] = flushed(site)
    assert message.parameters["RET"] == "HDRS"
    assert message.parameters["ENVID"] == "QQ+2B1"
    first, second = rcpt_commands(site)
    assert "ORCPT=rfc822;other+40x" in first
    assert "SUCCESS" in first and "DELAY" in first
    assert "NOTIFY=NEVER" in second and "ORCPT" not in second


def test_r60_BDAT(site, dialogue):
    assert "CHUNKING" in keywords(dialogue)
    assert dialogue.command("MAIL FROM:<me@example.com>") == "250"
    assert dialogue.command(f"RCPT TO:<{ONE}>") == "250"
    first, second = b"Subject: x\r\n\r\n.\r\n", b"..\r\ntext\r\n"
    dialogue.process.stdin.write(b"BDAT %d\r\n" % len(first) + first)
    dialogue.process.stdin.write(b"BDAT %d LAST\r\n" % len(second) + second)
    dialogue.process.stdin.flush()
    assert [dialogue.reply()[-1][:3] for _ in "ab"] == ["250", "250"]
    assert dialogue.command("QUIT") == "221"
    assert body(site.spool.message("new")) == b".\r\n..\r\ntext\r\n"


# 61: everything may come ahead; bare LF ends commands; the end of DATA.

@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_r61_all_input_at_once(site, end):
    octets = (OPENING + MESSAGE + OPENING.partition(b"\r\n")[2] + MESSAGE +
              b"QUIT\r\n").replace(b"\r\n", end)
    result = session(site, octets)
    assert result.status == OK
    assert replies(result.stdout) == [
        "220", "250", "250", "250", "354", "250", "250", "250", "354", "250",
        "221"]
    assert [body(entry.message) for entry in entries(site)] == \
        [b"text\r\n"] * 2


@pytest.mark.parametrize("early", [b"\n.\n", b"\n.\r\n", b"\r\n.\n",
                                   b"\r.\r", b"\r\n.\r"],
                         ids=["LF LF", "LF CRLF", "CRLF LF", "CR CR",
                              "CRLF CR"])
def test_r61_only_CRLF_dot_CRLF_ends_it(site, early):
    """Or a message could hold another one, with another sender."""
    smuggled = b"MAIL FROM:<evil@example.com>\r\n" \
        b"RCPT TO:<victim@example.net>\r\nDATA\r\nevil"
    result = session(site, OPENING + b"Subject: x\r\n\r\ntext" + early +
                     smuggled + b"\r\n.\r\nQUIT\r\n")
    assert replies(result.stdout) == ["220", "250", "250", "250", "354",
                                      "250", "221"]
    entry = site.spool.entry("new")
    assert (entry.sender, entry.recipients) == ("me@example.com", [ONE])
    assert b"evil" in body(entry.message)
    lines_of(entry.message)


def test_r61_LF_dot_LF_where_all_is_LF(site):
    octets = OPENING.replace(b"\r\n", b"\n") + \
        b"Subject: x\n\na\n..\n..b\nc\n.\nQUIT\n"
    result = session(site, octets)
    assert replies(result.stdout)[-2:] == ["250", "221"]
    assert body(site.spool.message("new")) == b"a\r\n.\r\n.b\r\nc\r\n"


def test_r61_dots_are_unstuffed(site, relayed):
    relayed()
    session(site, OPENING + b"\r\n..\r\n...\r\n..a\r\na.\r\n.\r\nQUIT\r\n")
    [message] = flushed(site)
    assert body(message.data) == b".\r\n..\r\n.a\r\na.\r\n"


# 62: recipients and senders.

@pytest.mark.parametrize("path, recipient", [
    ("<root>", "root@example.org"), ("<Postmaster>",
                                     "Postmaster@example.org"),
    ("<postmaster>", "postmaster@example.org"),
    ("<root@localhost>", "root@example.org"), (f"<{ONE}>", ONE),
    (f" <{ONE}>", ONE), ('<"a b"@example.net>', '"a b"@example.net'),
    (f"<@relay.example:{ONE}>", ONE),
    ("<one@[127.0.0.1]>", "one@[127.0.0.1]")])
def test_r62_recipients(site, dialogue, path, recipient):
    assert dialogue.command("EHLO x") == "250"
    assert dialogue.command("MAIL FROM:<me@example.com>") == "250"
    assert dialogue.command(f"RCPT TO:{path}") == "250"
    assert dialogue.command("DATA") == "354"
    dialogue.send("Subject: x", "", "text")
    assert dialogue.command(".") == "250"
    assert site.spool.entry("new").recipients == [recipient]


@pytest.mark.parametrize("path, sender", [
    ("<>", ""), ("<me@example.com>", "me@example.com"),
    (" <me@example.com>", "me@example.com"), ("<me>", "me@example.org"),
    ('<"m e"@example.com>', '"m e"@example.com')])
def test_r62_senders(site, dialogue, path, sender):
    assert dialogue.command("HELO x") == "250"
    assert dialogue.command(f"MAIL FROM:{path}") == "250"
    assert dialogue.command(f"RCPT TO:<{ONE}>") == "250"
    assert dialogue.command("data") == "354"
    dialogue.send("Subject: x", "", "text")
    assert dialogue.command(".") == "250"
    assert site.spool.entry("new").sender == sender


@pytest.mark.parametrize("command", [
    "MAIL", "MAIL FROM", "MAIL FROM:", "MAIL FROM:<a@>", "MAIL FROM:<@b>",
    "MAIL FROM:<a@b", "MAIL TO:<a@b.example>", "MAIL FROM:<a b@c.example>",
    "MAIL FROM:<a\x01@b.example>"])
def test_r62_malformed_senders(dialogue, command):
    assert dialogue.command("EHLO x") == "250"
    assert dialogue.command(command) in ("501", "500", "553")
    assert dialogue.command(f"RCPT TO:<{ONE}>") == "503"


@pytest.mark.parametrize("command", [
    "RCPT", "RCPT TO", "RCPT TO:", "RCPT TO:<>", "RCPT TO:<a@>",
    "RCPT TO:<@b>", "RCPT TO:<a@b", "RCPT FROM:<a@b.example>",
    "RCPT TO:<a\x01b@c.example>", "RCPT TO:<|cmd>", "RCPT TO:</etc/passwd>",
    "RCPT TO:<:include:/etc/passwd>", "RCPT TO:<a b@c.example>"])
def test_r62_malformed_recipients(site, dialogue, command):
    assert dialogue.command("EHLO x") == "250"
    assert dialogue.command("MAIL FROM:<me@example.com>") == "250"
    assert dialogue.command(command) in ("501", "500", "550", "553")
    assert dialogue.command("DATA") in ("503", "554")
    assert dialogue.command(f"RCPT TO:<{TWO}>") == "250"
    assert dialogue.command("DATA") == "354"
    dialogue.send("text")
    assert dialogue.command(".") == "250"
    assert site.spool.entry("new").recipients == [TWO]


@pytest.mark.parametrize("command", [f"RCPT TO:<{ONE}>", "DATA",
                                     "BDAT 0 LAST"])
def test_r62_out_of_order(dialogue, command):
    assert dialogue.command("EHLO x") == "250"
    assert dialogue.command(command) == "503"
    assert dialogue.command("NOOP") == "250"


def test_r62_MAIL_within_a_transaction(dialogue):
    assert dialogue.command("EHLO x") == "250"
    assert dialogue.command("MAIL FROM:<a@example.com>") == "250"
    assert dialogue.command("MAIL FROM:<b@example.com>") == "503"


def test_r62_too_many_recipients(site):
    """At some point 452, but not below what RFC 5321 asks for."""
    count = 120000
    octets = b"EHLO x\r\nMAIL FROM:<me@example.com>\r\n" + b"".join(
        b"RCPT TO:<user%d@example.net>\r\n" % number
        for number in range(count)) + b"DATA\r\n" + MESSAGE + b"QUIT\r\n"
    result = session(site, octets)
    codes = replies(result.stdout)
    assert codes[:3] == ["220", "250", "250"]
    assert codes[-3:] == ["354", "250", "221"]
    accepted = codes[3:-3].count("250")
    assert accepted >= 100
    assert codes[3:-3] == ["250"] * accepted + ["452"] * (count - accepted)
    assert accepted < count
    assert len(site.spool.entry("new").recipients) == accepted


def test_r62_aliases_apply(site, dialogue):
    site.aliases.write_text("root: ops@example.com\n")
    assert dialogue.command("EHLO x") == "250"
    assert dialogue.message("text", recipients=["root", ONE])[-1] == "250"
    assert site.spool.entry("new").recipients == ["ops@example.com", ONE]


def test_r62_each_recipient_once(site, dialogue):
    assert dialogue.command("EHLO x") == "250"
    assert dialogue.message("text", recipients=[
        ONE, "one@EXAMPLE.NET", TWO])[-1] == "250"
    assert site.spool.entry("new").recipients == [ONE, TWO]


# 63: 250 only when it is safe; the header is completed as ever.

def test_r63_the_header_is_completed(site, dialogue):
    assert dialogue.command("EHLO x") == "250"
    assert dialogue.message(
        "To: root", "Bcc: blind@example.net", "Return-Path: <x@example.net>",
        "Subject: x", "", "Bcc: in the body", "..", "end")[-1] == "250"
    message = site.spool.message("new")
    assert field(message, "to") == ["root@example.org"]
    [author] = field(message, "from")
    assert "me@example.com" in author
    names = [name for name, _ in fields(message)]
    assert sorted(names) == ["date", "from", "message-id", "received",
                             "subject", "to"]
    assert b"blind" not in message
    assert body(message) == b"Bcc: in the body\r\n.\r\nend\r\n"


def test_r63_a_complete_header_stays(site, dialogue):
    header = ["Date: Mon, 1 Jan 2024 00:00:00 +0000",
              "From: Web <web@example.org>", "Message-ID: <1@example.org>"]
    assert dialogue.command("EHLO x") == "250"
    assert dialogue.message(*header, "", "text")[-1] == "250"
    message = site.spool.message("new").decode()
    assert message.endswith("\r\n".join(["", *header, "", "text", ""]))


def test_r63_250_means_that_it_is_in_the_queue(site, dialogue):
    assert dialogue.command("EHLO x") == "250"
    codes = dialogue.message("text")
    [name] = site.spool.names("new")
    assert codes[-1] == "250"
    assert dialogue.command("MAIL FROM:<>") == "250"


def test_r63_the_reply_names_the_ID(site, dialogue):
    assert dialogue.command("EHLO x") == "250"
    assert dialogue.command("MAIL FROM:<me@example.com>") == "250"
    assert dialogue.command(f"RCPT TO:<{ONE}>") == "250"
    assert dialogue.command("DATA") == "354"
    dialogue.send("text", ".")
    [line] = dialogue.reply()
    assert line.startswith("250 2.") and site.spool.names("new")[0] in line


def test_r63_451_for_what_may_pass(site):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))

    site.submit(ONE)
    site.spool.only("new").unlink()
    result = session(site, OPENING + b"0123456789\r\n" * 20000 +
                     b".\r\nQUIT\r\n", preexec_fn=limit)
    codes = replies(result.stdout)
    assert codes[-2:] in (["451", "221"], ["452", "221"])
    assert site.spool.names() == []


def test_r63_552_for_what_is_too_large(site):
    site.configure(max_size="10K")
    result = session(site, OPENING + b"0123456789\r\n" * 20000 + b".\r\n" +
                     OPENING.partition(b"\r\n")[2] + MESSAGE + b"QUIT\r\n")
    codes = replies(result.stdout)
    assert codes[5] in ("552", "554")
    assert codes[6:] == ["250", "250", "354", "250", "221"]
    assert body(site.spool.message("new")) == b"text\r\n"


def test_r63_8_bit_text(site, relayed):
    relayed()
    with Dialogue(site) as dialogue:
        assert dialogue.command("EHLO x") == "250"
        assert dialogue.command("MAIL FROM:<me@example.com> BODY=8BITMIME") \
            == "250"
        assert dialogue.command(f"RCPT TO:<{ONE}>") == "250"
        assert dialogue.command("DATA") == "354"
        dialogue.send("Subject: x", "", "Grüße")
        assert dialogue.command(".") == "250"
    [message] = flushed(site)
    assert message.parameters["BODY"] == "8BITMIME"
    assert body(message.data) == "Grüße\r\n".encode()


# 64: the end of the input.

@pytest.mark.parametrize("octets", [
    b"", b"EHLO x\r\n", b"EHLO x\r\nMAIL FROM:<>\r\nRSET\r\n",
    OPENING + MESSAGE, OPENING + MESSAGE + b"QUIT\r\n", b"QUIT\r\n",
    b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@>\r\nRSET\r\nQUIT\r\n"],
    ids=["nothing", "hello", "reset", "message", "QUIT after a message",
         "QUIT", "a refused recipient"])
def test_r64_the_end_with_no_transaction_open(site, octets):
    assert session(site, octets).status == OK


@pytest.mark.parametrize("octets", [
    b"EHLO x\r\nMAIL FROM:<>\r\n", OPENING, OPENING + b"Subject: x\r\n\r\n",
    OPENING + MESSAGE[:-2], OPENING + MESSAGE[:-1], OPENING + b"text\r\n.",
    OPENING.replace(b"DATA", b"BDAT 100") + b"text"],
    ids=["MAIL", "DATA", "header", "dot", "dot and CR", "bare dot", "BDAT"])
def test_r64_an_open_transaction_is_dropped(site, octets):
    session(site, octets)
    assert site.spool.names() == []


def test_r64_refused_recipients_are_not_in_the_status(site):
    result = session(site, b"EHLO x\r\nMAIL FROM:<me@example.com>\r\n"
                     b"RCPT TO:<a@>\r\nRCPT TO:<one@example.net>\r\nDATA\r\n" +
                     MESSAGE + b"QUIT\r\n")
    assert result.status == OK
    assert site.spool.entry("new").recipients == [ONE]


@pytest.mark.parametrize("arguments", [
    ["-t"], ["-i"], ["-oi", "-oem", "-odb"], ["-odi", "-om", "-ov"],
    ["-t", "-i", "-f", "other@example.com"], ["-U"], ["-B8BITMIME"]])
def test_r64_other_options_are_ignored(site, arguments):
    result = session(site, OPENING + b"To: three@example.net\r\n" + MESSAGE +
                     b"QUIT\r\n", *arguments)
    assert result.status == OK
    entry = site.spool.entry("new")
    assert (entry.sender, entry.recipients) == ("me@example.com", [ONE])
    assert body(entry.message) == b"text\r\n"


def test_r64_the_options_before_bs_too(site):
    result = site.sendmail("-t", "-i", "-bs", input=OPENING + MESSAGE)
    assert replies(result.stdout)[-1] == "250"
    assert body(site.spool.message("new")) == b"text\r\n"
