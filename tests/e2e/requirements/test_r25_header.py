"""Requirements 25 to 32: the sender, and the header that is completed."""

import email
import email.header
import email.policy
import email.utils
import os
import pwd
import re
import time

import pytest

from checks import DATAERR, LOGIN, ONE, TEXT, TWO, USAGE, \
    mail_commands, sent, taken
from harness import Entry, body, environment, field, fields

ME = "me@example.com"


def header(site, *arguments, text=b"Subject: x\n\ntext\n", **options):
    """The message that sendmail makes of this text."""
    if isinstance(text, str):
        text = text.encode()
    return taken(site, *(arguments or (ONE,)), input=text, **options).message


def gecos_name():
    """The full name of whoever runs the tests."""
    entry = pwd.getpwuid(os.getuid())
    return entry.pw_gecos.split(",")[0].replace("&", LOGIN.capitalize())


def shown(value):
    """A field value with its encoded words decoded."""
    return str(email.header.make_header(email.header.decode_header(value)))


# 25: the default sender is the login name of the real uid.

LIARS = {name: "mallory" for name in (
    "USER", "LOGNAME", "NAME", "MAILUSER", "QMAILUSER", "USERNAME",
    "SUDO_USER", "QMAILINJECT", "EMAIL", "MAILHOST", "QMAILHOST", "REPLYTO")}


@pytest.mark.parametrize("env", [LIARS, {"USER": "", "LOGNAME": ""},
                                 {"USER": None, "LOGNAME": None}])
def test_r25_the_sender_is_the_login_name(site, env):
    entry = taken(site, ONE, env=environment(**env))
    assert entry.sender == f"{LOGIN}@example.org"
    assert b"mallory" not in entry.envelope


def test_r25_the_login_of_an_ordinary_user_called_as_root(site_of_nobody):
    """As cron and at do it: USER and LOGNAME are those of the daemon."""
    site = site_of_nobody
    env = environment(USER="root", LOGNAME="root", HOME="/root")
    entry = taken(site, ONE, env=env, **site.user)
    assert entry.sender == f"{site.login}@example.org"


def test_r25_a_user_without_a_name(site_of_nobody):
    site = site_of_nobody
    site.spool.path.mkdir()
    user = {"user": 54321, "group": 54321, "extra_groups": []}
    os.chown(site.spool.path, 54321, 54321)
    entry = taken(site, ONE, **user)
    assert re.fullmatch(r"[^@ ]+@example\.org", entry.sender)
    assert entry.sender == "54321@example.org"
    assert email.utils.parseaddr(field(entry.message, "from")[0])[1] == \
        entry.sender


# 26: what -f and -r accept, from anybody.

@pytest.mark.parametrize("value, sender", [
    ("me@example.com", ME), ("<me@example.com>", ME),
    ("Me Myself <me@example.com>", ME), ('"Me, I" <me@example.com>', ME),
    ("me@example.com (Me)", ME), (" me@example.com ", ME),
    ('"m e"@example.com', '"m e"@example.com'),
    (r'"m\"e"@example.com', r'"m\"e"@example.com'),
    ("host!user@example.com", "host!user@example.com"),
    ("uucphost!user@remote.example.net", "uucphost!user@remote.example.net"),
    ("", ""), (" ", ""), ("<>", ""), ("< >", ""),
    ("me", "me@example.org"), ("<me>", "me@example.org"),
    ("Alice", "Alice@example.org"),
    ("MAILER-DAEMON", "MAILER-DAEMON@example.org"),
    ("me@localhost", "me@example.org"),
    ("bounce+one=example.net@example.com",
     "bounce+one=example.net@example.com"),
])
def test_r26_the_sender_of_f_and_r(site, value, sender):
    forms = [["-f", value], ["-r", value], [f"-f{value}"], [f"-r{value}"]]
    for words in forms if value else forms[:2]:
        site.submit(*words, ONE)
    assert {Entry.read(path).sender for path in site.spool.files("new")} == {
        sender}


@pytest.mark.parametrize("value", ["a@", "@b", "a b@@c", "<a@b", "a@b@c",
                                   "a@b, c@d", "|cmd@"])
def test_r26_a_malformed_sender_is_refused(site, value):
    result = site.sendmail("-f", value, ONE)
    assert result.status in (USAGE, DATAERR)
    assert result.stderr.startswith("sendmail: ")
    assert result.stderr.count("\n") == 1
    assert site.spool.names() == []


def test_r26_everybody_is_trusted(site_of_nobody):
    site = site_of_nobody
    entry = taken(site, "-f", "root@example.com", ONE, **site.user)
    assert entry.sender == "root@example.com"
    assert field(entry.message, "x-authentication-warning") == []


def test_r26_the_sender_on_the_wire(site, relayed):
    relayed()
    for value in ("", "me", '"m e"@example.com', "host!user@example.com"):
        site.submit("-f", value, ONE)
    assert site.flush()[0] == 0
    assert sorted(m.sender for m in site.host.messages) == sorted(
        ["", "me@example.org", '"m e"@example.com', "host!user@example.com"])


# 27: nothing in the input sets the sender.

@pytest.mark.parametrize("text", [
    b"Return-Path: <evil@example.com>\nSubject: x\n\ntext\n",
    b"return-path: evil@example.com\nRETURN-PATH: <>\nSubject: x\n\ntext\n",
    b"From evil@example.com Mon Jan  1 00:00:00 2024\nSubject: x\n\ntext\n",
    b"From evil@example.com Mon Jan  1 00:00:00 2024\n"
    b"Return-Path: <evil@example.com>\nSubject: x\n\ntext\n"])
@pytest.mark.parametrize("arguments, sender", [
    ([], f"{LOGIN}@example.org"), (["-f", ME], ME), (["-f", ""], "")])
def test_r27_the_input_sets_no_sender(site, text, arguments, sender):
    entry = taken(site, *arguments, ONE, input=text)
    assert entry.sender == sender
    assert b"evil@example.com" not in entry.message
    assert field(entry.message, "return-path") == []
    assert field(entry.message, "subject") == ["x"]
    assert body(entry.message) == b"text\r\n"


# 28: a missing From is added.

@pytest.mark.parametrize("arguments, author", [
    (["-F", "Cron Daemon", "-f", ME], f"Cron Daemon <{ME}>"),
    (["-FCronDaemon", "-f", ME], f"CronDaemon <{ME}>"),
    (["-F", "", "-f", ME], ME),
    (["-F", "Alice Q. O'Example (Ops)", "-f", ME],
     f"\"Alice Q. O'Example (Ops)\" <{ME}>"),
    (["-F", "Doe, Jane", "-f", ME], f'"Doe, Jane" <{ME}>'),
    (["-F", 'a "b" c', "-f", ME], rf'"a \"b\" c" <{ME}>'),
    (["-F", "a\\b", "-f", ME], rf'"a\\b" <{ME}>'),
    (["-F", "a@b <c>", "-f", ME], f'"a@b <c>" <{ME}>'),
    (["-F", "x", "-f", ""], f"x <{LOGIN}@example.org>"),
    (["-F", "x"], f"x <{LOGIN}@example.org>"),
    (["-F", "", "-f", '"m e"@example.com'], '"m e"@example.com'),
])
def test_r28_a_missing_From_is_added(site, arguments, author):
    [found] = field(header(site, *arguments, ONE), "from")
    assert found == author


def test_r28_the_name_is_that_of_the_passwd_file(site):
    [author] = field(header(site, "-f", ME, ONE), "from")
    assert email.utils.parseaddr(shown(author)) == (gecos_name(), ME)


def test_r28_the_null_sender_leaves_the_login(site):
    [author] = field(header(site, "-f", "<>", ONE), "from")
    assert email.utils.parseaddr(author)[1] == f"{LOGIN}@example.org"


@pytest.mark.parametrize("name", ["Alice Ä", "Jörg Müller, Köln", "名前",
                                  "ü" * 100],
                         ids=["a word", "specials", "all of it", "long"])
def test_r28_a_name_beyond_ascii_is_encoded(site, name):
    message = header(site, "-F", name, "-f", ME, ONE)
    [author] = field(message, "from")
    assert author.isascii() and "=?" in author
    assert shown(author) == f"{name} <{ME}>"
    assert max(len(line) for line in message.splitlines()) <= 998


def test_r28_a_name_makes_no_second_field(site):
    result = site.sendmail("-F", "x\nBcc: two@example.net\n\nbody", ONE)
    if result.status == 0:
        entry = site.spool.entry("new")
        assert entry.recipients == [ONE]
        assert len(field(entry.message, "from")) == 1
        assert b"\nBcc" not in entry.message
        assert body(entry.message) == b"text\r\n"
    else:
        assert result.status in (USAGE, DATAERR) and not site.spool.names()


# 29: a From that is there stays; bare names in the header get the domain.

@pytest.mark.parametrize("author", [
    "Web <web@example.org>", "web@example.org (Web)", "<web@example.org>",
    "=?utf-8?q?W=C3=A9b?= <web@example.org>", "a@example.org, b@example.org",
    '"Quoted, Name" <web@example.org>'])
def test_r29_an_existing_From_is_never_replaced(site, author):
    message = header(site, "-F", "Other", "-f", ME, ONE,
                     text=f"From: {author}\nSubject: x\n\ntext\n")
    assert field(message, "from") == [author]
    assert b"Other" not in message and ME.encode() not in message


@pytest.mark.parametrize("empty", ["From:", "From: ", "FROM:\t\n ", "From :"])
def test_r29_an_empty_From_is_a_missing_one(site, empty):
    message = header(site, "-F", "", "-f", ME, ONE,
                     text=f"{empty}\nSubject: x\n\ntext\n")
    assert field(message, "from") == [ME]
    assert field(message, "subject") == ["x"]


def test_r29_two_From_fields_stay(site):
    message = header(site, "-f", ME, ONE, text=(
        "From: a@example.org\nSubject: x\nFrom: b@example.org\n\ntext\n"))
    assert field(message, "from") == ["a@example.org", "b@example.org"]


ADDRESS_FIELDS = ["From", "Sender", "Reply-To", "To", "Cc", "Resent-From",
                  "Resent-Sender", "Resent-Reply-To", "Resent-To", "RESENT-CC"]


@pytest.mark.parametrize("value, qualified", [
    ("root (Cron Daemon)", "root@example.org (Cron Daemon)"),
    ("root", "root@example.org"),
    ("Anacron <root>", "Anacron <root@example.org>"),
    ('"Bare, Name" <bare>', '"Bare, Name" <bare@example.org>'),
    ("ops, full@example.net, x <y>",
     "ops@example.org, full@example.net, x <y@example.org>"),
    ("full@example.net (Full Name)", "full@example.net (Full Name)"),
    ("grp: one, two@example.net;", "grp: one@example.org, two@example.net;"),
])
def test_r29_bare_names_in_the_header_are_qualified(site, value, qualified):
    text = "".join(f"{name}: {value}\n" for name in ADDRESS_FIELDS)
    message = header(site, text=f"{text}Subject: x\n\ntext\n")
    for name in ADDRESS_FIELDS:
        assert field(message, name.lower()) == [qualified]


def test_r29_other_fields_are_left_alone(site):
    text = ("From: a@example.org\nSubject: root\nX-To: root\nComments: To: a\n"
            "In-Reply-To: root\nKeywords: root, bin\n")
    message = header(site, text=f"{text}\ntext\n").decode()
    for line in text.splitlines():
        assert f"\r\n{line}\r\n" in message


# 30: Date, Message-ID and one Received; Resent- forms if it was resent.

def test_r30_missing_Date_and_Message_ID_are_added(site):
    message = header(site)
    [date] = field(message, "date")
    when = email.utils.parsedate_to_datetime(date)
    assert abs(when.timestamp() - time.time()) < 3600
    assert re.match(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d? [A-Z][a-z]{2} "
                    r"\d{4} \d\d:\d\d:\d\d [+-]\d{4}$", date)
    [identity] = field(message, "message-id")
    assert re.fullmatch(r"<[^<>@\s]+@[^<>@\s]+>", identity)


def test_r30_what_is_there_is_kept(site):
    message = header(site, text=(
        "Message-Id: <1@example.org>\nDATE: Mon, 1 Jan 2024 00:00:00 +0000\n"
        "Subject: x\n\ntext\n"))
    assert field(message, "date") == ["Mon, 1 Jan 2024 00:00:00 +0000"]
    assert field(message, "message-id") == ["<1@example.org>"]


def test_r30_no_recipient_fields_are_invented(site):
    names = [name for name, _ in fields(header(site, ONE, TWO))]
    assert sorted(names) == ["date", "from", "message-id", "received",
                             "subject"]


def test_r30_resent_fields_are_completed_if_it_was_resent(site):
    message = header(site, text=(
        "Resent-From: me@example.com\nResent-To: one@example.net\n"
        "Date: Mon, 1 Jan 2024 00:00:00 +0000\nMessage-ID: <1@x.example>\n"
        "From: a@example.org\n\ntext\n"))
    [date] = field(message, "resent-date")
    assert email.utils.parsedate_to_datetime(date).year > 2024
    assert len(field(message, "resent-message-id")) == 1
    assert field(message, "date") == ["Mon, 1 Jan 2024 00:00:00 +0000"]
    assert field(message, "message-id") == ["<1@x.example>"]


@pytest.mark.parametrize("text", [
    "Subject: x\n\n", "Resent-To: one@example.net\n\n"])
def test_r30_and_only_then(site, text):
    message = header(site, text=text)
    assert field(message, "resent-date") == []
    assert field(message, "resent-message-id") == []


def test_r30_one_Received_says_by_whom_but_not_for_whom(site):
    message = header(site, "-t", text=(
        "Received: from elsewhere; Mon, 1 Jan 2024 00:00:00 +0000\n"
        "To: one@example.net\nBcc: blind@example.net\n\ntext\n"))
    ours, theirs = field(message, "received")
    assert theirs.startswith("from elsewhere;")
    [identity] = site.spool.names("new")
    assert identity in ours and f"userid {os.getuid()}" in ours
    assert re.match(r"by \S+", ours) and "example.net" not in ours
    assert fields(message)[0][0] == "received"
    date = ours.rpartition(";")[2].strip()
    assert abs(email.utils.parsedate_to_datetime(date).timestamp() -
               time.time()) < 3600


# 31: Bcc and Resent-Bcc never leave.

@pytest.mark.parametrize("arguments", [[ONE], ["-t"], ["-t", ONE],
                                       ["-i", "-f", ME, "--", ONE]])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_r31_blind_recipients_do_not_leave(site, arguments, ends):
    names = ["Bcc", "BCC", "bcc", "bCC", "Bcc ", "Resent-Bcc", "RESENT-BCC",
             "resent-bcc\t"]
    text = "To: one@example.net\nResent-To: one@example.net\n" + "".join(
        f"{name}: blind@example.net,\n\tBlind Too <blind2@example.net>\n"
        f"X-{name.strip()}: kept\n" for name in names) + \
        "Subject: x\n\nBcc: in the body\n"
    message = header(site, *arguments, text=text.replace("\n", ends))
    assert b"blind" not in message.lower()
    assert field(message, "bcc") == field(message, "resent-bcc") == []
    assert field(message, "x-bcc") == ["kept"] * 5
    assert field(message, "subject") == ["x"]
    assert body(message) == b"Bcc: in the body\r\n"


def test_r31_no_empty_Bcc_in_their_place(site):
    message = header(site, "-t", text="Bcc: one@example.net\n\ntext\n")
    names = [name for name, _ in fields(message)]
    assert not {"bcc", "resent-bcc", "to", "cc"} & set(names)


def test_r31_on_the_wire(site, relayed):
    relayed()
    [message] = sent(site, "-t", input=b"To: one@example.net\n"
                     b"Bcc: two@example.net\n\ntext\n")
    assert sorted(message.recipients) == sorted([ONE, TWO])
    assert b"two@" not in message.data and b"cc:" not in message.data.lower()


# 32: 8-bit text: BODY=8BITMIME, labelled if it has no MIME header.

UTF8 = "Subject: x\n\nGrüße\n".encode()
LATIN1 = "Subject: x\n\nGrüße\n".encode("latin-1")
LABELLED = b"MIME-Version: 1.0\n" \
    b"Content-Type: text/plain; charset=iso-8859-1\n" \
    b"Content-Transfer-Encoding: 8bit\n" + LATIN1


@pytest.mark.parametrize("arguments, text", [
    ([], UTF8), ([], LATIN1), ([], LABELLED), (["-B8BITMIME"], LABELLED),
    (["-B", "7BIT"], LATIN1), (["-BFOO"], UTF8), (["-B8bitmime"], UTF8)])
def test_r32_8BITMIME_is_asked_for(site, relayed, arguments, text):
    relayed()
    [message] = sent(site, *arguments, ONE, input=text)
    assert message.parameters["BODY"].upper() == "8BITMIME"
    assert body(message.data) == text.partition(b"\n\n")[2].replace(
        b"\n", b"\r\n")


@pytest.mark.parametrize("text", [UTF8, LATIN1, LABELLED])
def test_r32_without_8BITMIME_it_is_sent_as_it_is(site, relayed, text):
    relayed(without=("8BITMIME",))
    [message] = sent(site, "-B8BITMIME", ONE, input=text)
    assert not any("BODY" in line for line in mail_commands(site))
    assert body(message.data) == text.partition(b"\n\n")[2].replace(
        b"\n", b"\r\n")


def test_r32_utf8_without_MIME_header_is_labelled(site):
    message = header(site, text=UTF8)
    assert field(message, "mime-version") == ["1.0"]
    assert field(message, "content-transfer-encoding") == ["8bit"]
    [kind] = field(message, "content-type")
    assert re.fullmatch('(?i)text/plain; charset="?utf-8"?', kind)
    assert email.message_from_bytes(
        message, policy=email.policy.default).get_content().splitlines() == [
            "Grüße"]


@pytest.mark.parametrize("text", [
    LATIN1, LABELLED, TEXT,
    b"Content-Type: text/plain\n" + UTF8,
    b"Content-Transfer-Encoding: 8bit\n" + UTF8,
    b"MIME-Version: 1.0\n" + UTF8])
def test_r32_nothing_else_is_labelled(site, text):
    message = header(site, "-B8BITMIME", ONE, text=text)
    before = text.partition(b"\n\n")[0].decode("latin-1").lower()
    for name in ("mime-version", "content-type", "content-transfer-encoding"):
        assert len(field(message, name)) == before.count(f"{name}:")


def test_r32_labels_can_be_turned_off(site):
    site.configure(mime_label="off")
    names = [name for name, _ in fields(header(site, text=UTF8))]
    assert not {"mime-version", "content-type",
                "content-transfer-encoding"} & set(names)


@pytest.mark.parametrize("line", [
    b"Subject: Gr\xc3\xbc\xc3\x9fe", b"Subject: Gr\xfc\xdfe",
    b"From: J\xc3\xb6rg <a@example.org>", b"X-Odd: \xff\xfe\x80"])
def test_r32_8_bit_header_lines_pass_unchanged(site, line):
    assert b"\r\n" + line + b"\r\n" in header(site, text=line + b"\n\ntext\n")
