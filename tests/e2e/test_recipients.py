"""sendmail -t: the recipients that stand in the header."""

import pytest


def header(text, body="\ntext\n"):
    return (text + body).encode()


@pytest.mark.parametrize("text, recipients", [
    ("To: a@example.net\n", ["a@example.net"]),
    ("To: a@example.net\nCc: b@example.net\nBcc: c@example.net\n",
     ["a@example.net", "b@example.net", "c@example.net"]),
    ("TO: a@example.net\ncC: b@example.net\nBCC: c@example.net\n",
     ["a@example.net", "b@example.net", "c@example.net"]),
    ("To: a@example.net\nTo: b@example.net\n",
     ["a@example.net", "b@example.net"]),
    ("To: a@example.net,\n b@example.net,\n\tc@example.net\n",
     ["a@example.net", "b@example.net", "c@example.net"]),
    ("To: \"Doe, Jane\" <a@example.net>, (x, y) b@example.net (z)\n",
     ["a@example.net", "b@example.net"]),
    ("To: friends: a@example.net, B <b@example.net>;\n",
     ["a@example.net", "b@example.net"]),
    ("To: undisclosed-recipients:;\nBcc: a@example.net\n",
     ["a@example.net"]),
    ("To: a@example.net; b@example.net\n",
     ["a@example.net", "b@example.net"]),
    ("To: =?utf-8?q?J=C3=BCrgen?= <a@example.net>\n", ["a@example.net"]),
    ("To : a@example.net\n", ["a@example.net"]),
    ("To:a@example.net\n", ["a@example.net"]),
    ("To: a@example.net,,b@example.net,\n",
     ["a@example.net", "b@example.net"]),
    ("To: root\nCc: Ops <ops>\n", ["root@example.org", "ops@example.org"]),
    ("To: a@example.net\nCc: a@EXAMPLE.net\nBcc: a@example.net\n",
     ["a@example.net"]),
    ("Subject: x\nX-To: no@example.net\nTo: a@example.net\n",
     ["a@example.net"]),
    ("To: a@example.net\r\nCc: b@example.net\nX: y\r\n",
     ["a@example.net", "b@example.net"]),
])
def test_header_names_the_recipients(site, text, recipients):
    site.submit("-t", input=header(text))
    assert site.spool.entry("new").recipients == recipients


def test_resent_fields_stand_instead_of_the_others(site):
    site.submit("-t", input=header(
        "To: a@example.net\nResent-To: b@example.net\n"
        "Resent-Cc: c@example.net\nResent-Bcc: d@example.net\n"))
    assert site.spool.entry("new").recipients == [
        "b@example.net", "c@example.net", "d@example.net"]


def test_words_and_header_are_united(site):
    site.submit("-t", "a@example.net", "b@example.net",
                input=header("To: b@example.net, c@example.net\n"))
    assert sorted(site.spool.entry("new").recipients) == [
        "a@example.net", "b@example.net", "c@example.net"]


def test_a_list_of_thousands(site):
    names = [f"user{number}@example.net" for number in range(20000)]
    site.submit("-t", input=header("Bcc: " + ",\n ".join(names) + "\n"))
    assert site.spool.entry("new").recipients == names


def test_the_body_names_nobody(site):
    site.submit("-t", input=header("To: a@example.net\n",
                                   "\nTo: b@example.net\n"))
    assert site.spool.entry("new").recipients == ["a@example.net"]


def test_a_header_without_blank_line_still_names_them(site):
    site.submit("-t", input=b"To: a@example.net\nno field\n"
                            b"Cc: b@example.net\n")
    assert site.spool.entry("new").recipients == ["a@example.net"]


@pytest.mark.parametrize("text", [
    "Subject: nobody\n", "To:\n", "To: undisclosed-recipients:;\n",
    "To: ,\n", ""])
def test_nobody_in_the_header_is_a_usage_error(site, text):
    result = site.sendmail("-t", input=header(text))
    assert result.status == 64
    assert result.stderr.startswith("sendmail: ")
    assert result.stderr.count("\n") == 1
    assert site.spool.names() == []


@pytest.mark.parametrize("text", [
    "To: a@\n", "To: @example.net\n", "To: <a@example.net\n",
    "To: a@example.net\nCc: b c@@d\n", "To: a@exa mple.net>\n"])
def test_a_malformed_address_refuses_the_message(site, text):
    result = site.sendmail("-t", input=header(text))
    assert result.status == 65
    assert result.stderr.startswith("sendmail: ")
    assert result.stderr.count("\n") == 1
    assert site.spool.names() == []
