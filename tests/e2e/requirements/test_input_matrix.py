"""What may stand on standard input and in recipients, and what comes of it.

Where the common sendmails agree, that is what is expected here; where they
do not, it is what the requirements say.
"""

import socket

import pytest

from checks import DATAERR, LOGIN, ONE, THREE, TWO, USAGE, assert_refused
from harness import body, environment, field, fields

OWN = f"{LOGIN}@example.org"
HEAD = b"Subject: x\n\n"

# input, body without -i, body with -i
INPUTS = {
    "lone dot": (HEAD + b"a\n.\nb\n", b"a\r\n", b"a\r\n.\r\nb\r\n"),
    "lone dot and CR": (HEAD + b"a\n.\r\nb\n", b"a\r\n", b"a\r\n.\r\nb\r\n"),
    "dot at the end": (HEAD + b"a\n.", b"a\r\n", b"a\r\n.\r\n"),
    "two dots": (HEAD + b"..\n..a\n", b".\r\n.a\r\n", b"..\r\n..a\r\n"),
    "CRLF": (b"Subject: x\r\n\r\na\r\nb\r\n", b"a\r\nb\r\n", None),
    "CRLF header": (b"Subject: x\r\nTo: y@example.net\r\n\r\na\nb\n",
                    b"a\r\nb\r\n", None),
    "CRLF and LF header": (b"To: y@example.net\r\nSubject: x\nCc: z\r\n\na\n",
                           b"a\r\n", None),
    "LF header, CRLF blank": (b"Subject: x\n\r\na\n", b"a\r\n", None),
    "From line": (b"From me Mon Jan  1 00:00:00 2024\n" + HEAD + b"a\n",
                  b"a\r\n", None),
    ">From line": (b">From me Mon Jan  1 00:00:00 2024\n" + HEAD + b"a\n",
                   b"a\r\n", None),
    "From in the body": (HEAD + b"From a\n>From b\n",
                         b"From a\r\n>From b\r\n", None),
    "no blank line": (b"Subject: x\na line\n\nb\n",
                      b"a line\r\n\r\nb\r\n", None),
    "no header": (b"a line\nb: c\n", b"a line\r\nb: c\r\n", None),
    "empty": (b"", b"", None),
    "blank line only": (b"\n", b"", None),
    "blank before the colon": (b"Subject : x\n\na\n", b"a\r\n", None),
    "NUL": (HEAD + b"a\0b\nc\n", b"ab\r\nc\r\n", None),
    "bare CR": (HEAD + b"a\rb\nc\n", b"a b\r\nc\r\n", None),
    "no final newline": (HEAD + b"a\nb", b"a\r\nb\r\n", None),
    "header without end": (b"Subject: x", b"", None),
    "8-bit body": (HEAD + b"\xe4\xff\n", b"\xe4\xff\r\n", None),
    "trailing blanks": (HEAD + b"a \t\n \n", b"a \t\r\n \r\n", None),
    "empty lines": (HEAD + b"\n\na\n\n\n", b"\r\n\r\na\r\n\r\n\r\n", None),
    "blank at the start": (b" a: b\nSubject: x\n",
                           b" a: b\r\nSubject: x\r\n", None),
    "998 bytes": (HEAD + b"x" * 998 + b"\n", b"x" * 998 + b"\r\n", None),
}


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("option", [[], ["-i"]], ids=["", "-i"])
def test_input(site, name, option):
    octets, plain, dotted = INPUTS[name]
    site.submit(*option, ONE, input=octets)
    message = site.spool.message("new")
    assert body(message) == (dotted if option and dotted else plain)
    in_header = b"Subject: x" in octets.partition(b"a: b")[0] or \
        b"Subject :" in octets
    assert field(message, "subject") == ["x"] * in_header
    for added in ("date", "message-id", "from", "received"):
        assert len(field(message, added)) == 1
    assert b"\r\r\n" not in message and b"Jan  1" not in message


# words and the input's header, what comes: recipients, or the status
RECIPIENTS = {
    "one": ([ONE], "", [ONE]),
    "a comma": ([f"{ONE},{TWO}"], "", [ONE, TWO]),
    "a comma and a blank": ([f"{ONE}, {TWO}"], "", [ONE, TWO]),
    "a trailing comma": ([f"{ONE},"], "", [ONE]),
    "a blank": ([f"{ONE} {TWO}"], "", [ONE, TWO]),
    "a semicolon": ([f"{ONE}; {TWO}"], "", [ONE, TWO]),
    "a name": ([f"Full Name <{ONE}>"], "", [ONE]),
    "brackets": ([f"<{ONE}>"], "", [ONE]),
    "a comment": ([f"{ONE} (c)"], "", [ONE]),
    "a quoted local part": (['"odd local"@example.net'], "",
                            ['"odd local"@example.net']),
    "CR LF": ([f"{ONE}\r\nRCPT TO:<evil@example.net>"], "", DATAERR),
    "LF": ([f"{ONE}\n{TWO}"], "", DATAERR),
    "an empty word": ([""], "", USAGE),
    "an empty word and another": (["", ONE], "", [ONE]),
    "duplicates": (["One@example.net", "One@EXAMPLE.net", "<One@example.net>"],
                   "", ["One@example.net"]),
    "root": (["root"], "", ["root@example.org"]),
    "nobody known": (["nosuchuser"], "", ["nosuchuser@example.org"]),
    "root@localhost": (["root@localhost"], "", ["root@example.org"]),
    "a program": (["--", "|cmd"], "", DATAERR),
    "a file": (["--", "/file"], "", DATAERR),
    "a list": (["--", ":include:/etc/passwd"], "", DATAERR),
    "a dash": (["-"], "", DATAERR),
    "no domain": (["a@"], "", DATAERR),
    "no local part": (["@example.net"], "", DATAERR),
    "null": (["<>"], "", DATAERR),
    "two @": (["a@b@example.net"], "", DATAERR),
    "none": ([], f"To: {ONE}\n", USAGE),
    "-t and none": (["-t"], "", USAGE),
    "words, then options": ([ONE, "-t"], f"To: {TWO}\n", USAGE),
    "-t and words": (["-t", ONE], f"To: {ONE}\n", [ONE]),
    "-t and To": (["-t"], f"To: {ONE}\n", [ONE]),
    "-t and a blank before the colon": (["-t"], f"To : {ONE}\n", [ONE]),
    "-t and all fields": (["-t"], f"To: {ONE}\nCc: {TWO}\nBcc: {THREE}\n",
                          [ONE, TWO, THREE]),
    "-t and only Bcc": (["-t"], f"Bcc: {ONE}\n", [ONE]),
    "-t and two To": (["-t"], f"To: {ONE}\nTo: {TWO}\n", [ONE, TWO]),
    "-t and Resent-To": (["-t"], f"To: {ONE}\nResent-To: {TWO}\n", [TWO]),
    "-t and a group": (["-t"], f"To: g: {ONE}, {TWO};\n", [ONE, TWO]),
    "-t and an empty group": (["-t"], "To: undisclosed-recipients:;\n"
                              f"Bcc: {ONE}\n", [ONE]),
    "-t and blanks": (["-t"], f"To: {ONE} {TWO}\n", [ONE, TWO]),
    "-t and semicolons": (["-t"], f"To: {ONE}; {TWO}\n", [ONE, TWO]),
    "-t and folding": (["-t"], f'To: "A, B"\n <{ONE}>,\n (c) {TWO}\n',
                       [ONE, TWO]),
    "-t and CRLF": (["-t"], f"To: {ONE}\r\nBcc: {TWO}\r\n", [ONE, TWO]),
    "-t and a malformed one": (["-t"], f"To: {ONE}, a@\n", DATAERR),
    "-t and a NUL": (["-t"], "To: a\0b@example.net\n", DATAERR),
    "-t and a program": (["-t"], 'To: "|cmd"\n', DATAERR),
    "Resent-To without -t": ([ONE], f"Resent-To: {TWO}\n", [ONE]),
}


@pytest.mark.parametrize("name", RECIPIENTS)
def test_recipients(site, name):
    words, header, expected = RECIPIENTS[name]
    octets = header.encode() + b"Subject: x\n\ntext\n"
    if isinstance(expected, int):
        assert_refused(site, site.sendmail(*words, input=octets), expected)
        return
    site.submit(*words, input=octets)
    entry = site.spool.entry("new")
    assert entry.recipients == expected
    assert body(entry.message) == b"text\r\n"
    assert field(entry.message, "subject") == ["x"]
    assert field(entry.message, "bcc") == []
    assert len(field(entry.message, "to")) == header.count("To") - \
        header.count("Resent-To")


def test_the_bare_name_of_this_host(site):
    host = socket.gethostname().partition(".")[0]
    site.submit(f"root@{host}")
    assert site.spool.entry("new").recipients == ["root@example.org"]


# What is in the header already and what is added.

@pytest.mark.parametrize("header, gone", [
    ("Bcc: two@example.net\n", "bcc"), ("BCC: two@example.net\n", "bcc"),
    ("Resent-Bcc: two@example.net\n", "resent-bcc"),
    ("Return-Path: <two@example.net>\n", "return-path")])
def test_what_is_removed(site, header, gone):
    site.submit(ONE, input=header.encode() + HEAD)
    message = site.spool.message("new")
    assert field(message, gone) == [] and b"two@" not in message
    assert site.spool.entry("new").sender == OWN


def test_nothing_is_added_for_want_of_recipients(site):
    site.submit(ONE, input=HEAD)
    assert not {"to", "cc", "bcc", "apparently-to"} & {
        name for name, _ in fields(site.spool.message("new"))}


def test_the_environment_of_root_does_not_change_the_sender(site_of_nobody):
    site = site_of_nobody
    site.submit(ONE, env=environment(USER="root", LOGNAME="root"),
                **site.user)
    assert site.spool.entry("new").sender == f"{site.login}@example.org"
