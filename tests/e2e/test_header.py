"""The header that a message leaves with: completed, qualified, without Bcc."""

import email.utils
import re
import time
from email.header import decode_header, make_header

import pytest

from harness import Entry, body, environment, field, fields

ONE = "one@example.net"


def submitted(site, text, *arguments):
    site.submit(*(arguments or (ONE,)), input=text.encode())
    return site.spool.message("new")


def test_date_and_message_id_are_added(site):
    message = submitted(site, "Subject: x\n\n")
    [date] = field(message, "date")
    when = email.utils.parsedate_to_datetime(date)
    assert when.tzinfo is not None
    assert abs(when.timestamp() - time.time()) < 3600
    [message_id] = field(message, "message-id")
    assert re.fullmatch(r"<[^<>@ ]+@[^<>@ ]+>", message_id)


@pytest.mark.parametrize("zone, offset", [
    ("UTC", "+0000"), ("XYZ-5:45", "+0545"), ("XYZ3:30", "-0330")])
def test_the_date_is_in_the_time_zone_of_the_caller(site, zone, offset):
    site.submit(ONE, env=environment(TZ=zone))
    [date] = field(site.spool.message("new"), "date")
    assert re.match(r"[A-Z][a-z]{2}, \d", date) and date.endswith(offset)
    when = email.utils.parsedate_to_datetime(date)
    assert abs(when.timestamp() - time.time()) < 3600


def test_message_ids_differ(site):
    for number in range(20):
        site.submit(ONE)
    ids = {field(Entry.read(path).message, "message-id")[0]
           for path in site.spool.files("new")}
    assert len(ids) == 20


def test_what_is_there_is_kept(site):
    text = ("Date: Mon, 01 Jan 2024 00:00:00 +0000\nMessage-ID: <a@b.c>\n"
            "From: Somebody <some@body.example>\nX-Odd:  spaces  kept \n\n")
    message = submitted(site, text, "-f", "other@example.com", "-F", "No", ONE)
    assert field(message, "date") == ["Mon, 01 Jan 2024 00:00:00 +0000"]
    assert field(message, "message-id") == ["<a@b.c>"]
    assert field(message, "from") == ["Somebody <some@body.example>"]
    assert b"\r\nX-Odd:  spaces  kept \r\n" in message


def test_one_received_field_says_who_and_when(site):
    message = submitted(site, "Received: from elsewhere; long ago\n\n")
    ours, theirs = field(message, "received")
    assert theirs == "from elsewhere; long ago"
    [name] = site.spool.names("new")
    assert name in ours
    assert ONE not in ours
    assert fields(message)[0][0] == "received"


def test_from_is_added_with_the_sender(site):
    message = submitted(site, "Subject: x\n\n", "-f", "me@example.com", ONE)
    [author] = field(message, "from")
    assert email.utils.parseaddr(author)[1] == "me@example.com"


def test_from_for_the_null_sender_is_the_login(site):
    message = submitted(site, "Subject: x\n\n", "-f", "", ONE)
    [author] = field(message, "from")
    assert email.utils.parseaddr(author)[1].endswith("@example.org")


@pytest.mark.parametrize("name, shown", [
    ("Alice Q. O'Example (Ops)", "Alice Q. O'Example (Ops)"),
    ('A "quoted" name', 'A "quoted" name'),
    ("back\\slash", "back\\slash"),
    ("a, b", "a, b"),
])
def test_a_name_with_specials_is_quoted(site, name, shown):
    message = submitted(site, "Subject: x\n\n", "-F", name, "-f",
                        "me@example.com", ONE)
    [author] = field(message, "from")
    assert email.utils.parseaddr(author) == (shown, "me@example.com")


def test_a_name_beyond_ascii_is_encoded(site):
    message = submitted(site, "Subject: x\n\n", "-F", "Alice Ä", "-f",
                        "me@example.com", ONE)
    [author] = field(message, "from")
    assert author.isascii()
    assert str(make_header(decode_header(author))) == \
        "Alice Ä <me@example.com>"


def test_a_name_cannot_inject_a_field(site):
    result = site.sendmail("-F", "x\nBcc: y@example.net", ONE)
    if result.status == 0:
        assert "y@example.net" not in site.spool.entry("new").recipients
        assert field(site.spool.message("new"), "bcc") == []
        assert len(field(site.spool.message("new"), "from")) == 1
    else:
        assert result.status in (64, 65) and site.spool.names() == []


def test_an_empty_from_counts_as_missing(site):
    message = submitted(site, "From:\nSubject: x\n\n", "-f", "me@example.com",
                        ONE)
    assert [email.utils.parseaddr(value)[1]
            for value in field(message, "from")] == ["me@example.com"]


@pytest.mark.parametrize("arguments", [[ONE], ["-t"], ["-t", ONE]])
@pytest.mark.parametrize("name", ["Bcc", "BCC", "bcc", "Resent-Bcc"])
def test_bcc_is_always_removed(site, arguments, name):
    message = submitted(
        site, f"To: {ONE}\n{name}: blind@example.net,\n\tmore@example.net\n"
              "Resent-To: r@example.net\nSubject: x\n\nbcc: in the body\n",
        *arguments)
    assert field(message, name.lower()) == []
    assert b"blind" not in message and b"more@" not in message
    assert field(message, "subject") == ["x"]
    assert body(message) == b"bcc: in the body\r\n"


def test_return_path_is_removed_and_sets_no_sender(site):
    message = submitted(site, "Return-Path: <other@example.com>\n\n", "-f",
                        "me@example.com", ONE)
    assert field(message, "return-path") == []
    assert site.spool.entry("new").sender == "me@example.com"


@pytest.mark.parametrize("name", ["From", "Sender", "Reply-To", "To", "Cc",
                                  "Resent-From", "Resent-To"])
def test_bare_names_in_the_header_are_qualified(site, name):
    message = submitted(
        site, f"{name}: root (Cron Daemon), Ops <ops>, full@example.net,\n"
              " \"Bare, Name\" <bare>, grp: one, two;\n\n")
    [value] = [value for found, value in fields(message)
               if found == name.lower()]
    addresses = [address for _, address in email.utils.getaddresses([value])]
    assert addresses == ["root@example.org", "ops@example.org",
                         "full@example.net", "bare@example.org",
                         "one@example.org", "two@example.org"]
    assert "(Cron Daemon)" in value and '"Bare, Name"' in value


def test_qualification_leaves_the_rest_of_the_field_alone(site):
    message = submitted(site, "To:  Odd   Spacing  <root>  ,\n\t  x@y.example\n"
                              "\n")
    assert (b"To:  Odd   Spacing  <root@example.org>  ,\r\n"
            b"\t  x@y.example\r\n") in message


def test_no_to_is_invented(site):
    message = submitted(site, "Subject: x\n\n")
    assert field(message, "to") == field(message, "cc") == []


@pytest.mark.parametrize("text, expected", [
    ("just text\nmore\n", b"just text\r\nmore\r\n"),
    ("Subject: x\njust text\n", b"just text\r\n"),
    (" leading blank\n", b" leading blank\r\n"),
    ("\nbody\n", b"body\r\n"),
    ("", b""),
    ("Subject: x\n", b""),
    ("Subject: x", b""),
    ("Subject: x\n\n", b""),
    ("Subject: x\n\n\n\nend\n", b"\r\n\r\nend\r\n"),
    ("Subject: x\r\n\nbody\n", b"body\r\n"),
    ("Subject: x\n\r\nbody\n", b"body\r\n"),
])
def test_where_the_body_begins(site, text, expected):
    message = submitted(site, text)
    assert body(message) == expected
    assert len(field(message, "date")) == 1
    if "Subject" in text:
        assert field(message, "subject") == ["x"]


@pytest.mark.parametrize("first", ["From me Mon Jan  1 00:00:00 2024\n",
                                   ">From me Mon Jan  1 00:00:00 2024\n"])
def test_an_mbox_line_is_dropped(site, first):
    message = submitted(site, first + "Subject: x\n\nFrom here\n")
    assert b"2024" not in message
    assert field(message, "subject") == ["x"]
    assert body(message) == b"From here\r\n"


def test_blanks_before_the_colon_are_removed(site):
    message = submitted(site, "Subject \t: x\n\n")
    assert b"\r\nSubject: x\r\n" in message


def test_eight_bit_in_the_header_passes(site):
    site.submit(ONE, input=b"Subject: \xc3\xa4 \xff\n\n")
    assert b"\r\nSubject: \xc3\xa4 \xff\r\n" in site.spool.message("new")


def test_a_header_of_a_megabyte(site):
    value = "\n".join(f" {number:070}" for number in range(14000))
    message = submitted(site, f"X-Long:{value}\nSubject: x\n\nbody\n")
    assert field(message, "subject") == ["x"]
    assert body(message) == b"body\r\n"
    assert b"X-Long:" + value.replace("\n", "\r\n").encode() in message
