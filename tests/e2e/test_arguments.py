"""What sendmail's arguments mean: options, the sender, recipients as words."""

import os
import pwd

import pytest

from harness import environment, field, program, run

ONE = "one@example.net"


@pytest.mark.parametrize("arguments, recipients", [
    (["a@example.net"], ["a@example.net"]),
    (["a@example.net", "b@example.net"], ["a@example.net", "b@example.net"]),
    (["a@example.net,b@example.net"], ["a@example.net", "b@example.net"]),
    (["a@example.net, b@example.net,"], ["a@example.net", "b@example.net"]),
    (["Full Name <a@example.net>"], ["a@example.net"]),
    (["<a@example.net>"], ["a@example.net"]),
    (["a@example.net (comment)"], ["a@example.net"]),
    (['"odd, local"@example.net'], ['"odd, local"@example.net']),
    (["host!user@example.net"], ["host!user@example.net"]),
    (["--", "-dash@example.net"], ["-dash@example.net"]),
    (["--", "a@example.net"], ["a@example.net"]),
    (["root"], ["root@example.org"]),
    (["", "a@example.net"], ["a@example.net"]),
])
def test_words_are_recipients(site, arguments, recipients):
    site.submit(*arguments)
    assert site.spool.entry("new").recipients == recipients


@pytest.mark.parametrize("arguments", [
    ["a@example.net", "a@EXAMPLE.NET", "<a@example.net>"],
    ["a@example.net,a@example.net"],
])
def test_each_recipient_stands_once(site, arguments):
    site.submit(*arguments)
    assert site.spool.entry("new").recipients == ["a@example.net"]


def test_words_leave_the_header_unread(site):
    site.submit(ONE, input=b"To: other@example.net\nCc: third@example.net\n\n")
    entry = site.spool.entry("new")
    assert entry.recipients == [ONE]
    assert field(entry.message, "to") == ["other@example.net"]


@pytest.mark.parametrize("arguments, sender", [
    (["-f", "me@example.com"], "me@example.com"),
    (["-fme@example.com"], "me@example.com"),
    (["-r", "me@example.com"], "me@example.com"),
    (["-rme@example.com"], "me@example.com"),
    (["-f", "me"], "me@example.org"),
    (["-f", "<me@example.com>"], "me@example.com"),
    (["-f", "Me <me@example.com>"], "me@example.com"),
    (["-f", "me@example.com (Me)"], "me@example.com"),
    (["-f", "host!me@example.com"], "host!me@example.com"),
    (["-f", '"m e"@example.com'], '"m e"@example.com'),
    (["-f", ""], ""),
    (["-f", "<>"], ""),
    (["-f<>"], ""),
    (["-f", "first@example.com", "-f", "last@example.com"],
     "last@example.com"),
    (["-f", "first@example.com", "-rlast@example.com"], "last@example.com"),
])
def test_f_and_r_name_the_sender(site, arguments, sender):
    site.submit(*arguments, ONE)
    assert site.spool.entry("new").sender == sender


def test_the_sender_is_the_login_name_whatever_the_environment(site):
    env = environment(USER="mallory", LOGNAME="mallory")
    site.submit(ONE, env=env)
    login = pwd.getpwuid(os.getuid()).pw_name
    assert site.spool.entry("new").sender == f"{login}@example.org"


@pytest.mark.parametrize("arguments", [["-FCron Daemon"],
                                       ["-F", "Cron Daemon"]])
def test_F_names_the_author_of_a_message_without_From(site, arguments):
    site.submit(*arguments, "-f", "cron@example.org", ONE)
    assert field(site.spool.message("new"), "from") == [
        "Cron Daemon <cron@example.org>"]


def test_an_empty_F_is_no_name(site):
    site.submit("-F", "", "-f", "me@example.org", ONE)
    assert field(site.spool.message("new"), "from") in (
        ["me@example.org"], ["<me@example.org>"])


@pytest.mark.parametrize("arguments", [
    ["-i"], ["-oi"], ["-oem"], ["-oep"], ["-odb"], ["-odi"], ["-odq"],
    ["-om"], ["-oem", "-oi", "-odb"], ["-bm"], ["-B8BITMIME"], ["-G"],
    ["-B", "8BITMIME"], ["-o", "i"], ["-em"], ["-O", "IgnoreDots=true"]])
def test_accepts_what_callers_pass(site, arguments):
    site.submit(*arguments, ONE)
    assert site.spool.entry("new").recipients == [ONE]


def test_options_cluster(site):
    site.submit("-ti", input=b"To: a@example.net\n\n.\nafter\n")
    entry = site.spool.entry("new")
    assert entry.recipients == ["a@example.net"]
    assert entry.message.endswith(b".\r\nafter\r\n")


@pytest.mark.parametrize("argument", ["-Z", "-iZ", "-bd", "-bt", "-bx",
                                      "--unknown"])
def test_an_unknown_option_is_a_usage_error(site, argument):
    result = site.sendmail(argument, ONE)
    assert result.status == 64
    assert result.stderr.startswith("sendmail: ")
    assert result.stderr.count("\n") == 1
    assert site.spool.names() == []


@pytest.mark.parametrize("option", ["-f", "-r", "-F", "-C"])
def test_an_option_without_its_value_is_a_usage_error(site, option):
    result = site.sendmail(option)
    assert result.status == 64
    assert result.stderr.startswith("sendmail: ")
    assert site.spool.names() == []


def test_an_option_after_a_recipient_is_a_usage_error(site):
    result = site.sendmail(ONE, "-t", input=b"To: a@example.net\n\n")
    assert result.status == 64
    assert site.spool.names() == []


def test_an_option_as_a_value_is_a_value(site):
    site.submit("-f", "-i", ONE, input=b"\na\n.\nb\n")
    entry = site.spool.entry("new")
    assert entry.sender == "-i@example.org"
    assert entry.message.endswith(b"\r\na\r\n")


@pytest.mark.parametrize("count", [5000])
def test_takes_as_many_recipients_as_a_command_line_holds(site, count):
    recipients = [f"user{number}@example.net" for number in range(count)]
    site.submit(*recipients)
    assert site.spool.entry("new").recipients == recipients


def test_C_names_the_configuration_attached_too(site):
    result = run([program("sendmail"), f"-C{site.configuration}", ONE])
    assert (result.status, result.stderr) == (0, "")
    assert site.spool.entry("new").recipients == [ONE]
