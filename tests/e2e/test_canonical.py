"""The canonical form: CRLF, nothing lost, nothing invented; and dots."""

import array
import fcntl
import os
import socket
import subprocess
import termios

import pytest

from harness import body, environment, program, wait_until

HEADER = (b"From: a@example.org\nTo: b@example.net\nSubject: \xc3\xa4\n"
          b"Date: Mon, 01 Jan 2024 00:00:00 +0000\nMessage-ID: <a@b.c>\n")
ONE = "one@example.net"


def after_received(message):
    """The message without the Received field that sendmail puts first."""
    assert message.startswith(b"Received:")
    lines = message.split(b"\r\n")
    count = 1
    while lines[count][:1] in (b" ", b"\t"):
        count += 1
    return b"\r\n".join(lines[count:])


@pytest.mark.parametrize("text", [
    b"plain\nlines\n", b"\n\n\n", b"\xff\xfe 8-bit \x80\n",
    b"trailing blanks  \n\t\n", b"x" * 998 + b"\n", b"\x01\x1b\x7f\n"],
    ids=["plain", "empty lines", "8-bit", "blanks", "long line", "controls"])
def test_a_complete_message_is_kept_byte_for_byte(site, text):
    site.submit(ONE, input=HEADER + b"\n" + text)
    expected = (HEADER + b"\n" + text).replace(b"\n", b"\r\n")
    assert after_received(site.spool.message("new")) == expected


@pytest.mark.parametrize("text, expected", [
    (b"a\nb\n", b"a\r\nb\r\n"),
    (b"a\r\nb\r\n", b"a\r\nb\r\n"),
    (b"a\r\nb\nc\r\n", b"a\r\nb\r\nc\r\n"),
    (b"a\r\r\nb\n", b"a\r\nb\r\n"),
    (b"a\r\r\r\r\nb\n", b"a\r\nb\r\n"),
    (b"a\rb\n", b"a b\r\n"),
    (b"a\r\rb\n", b"a  b\r\n"),
    (b"\rb\n", b" b\r\n"),
    (b"\r\n\r\n", b"\r\n\r\n"),
    (b"\r\r\n", b"\r\n"),
    (b"no final newline", b"no final newline\r\n"),
    (b"a\0b\n\0\n", b"ab\r\n\r\n"),
    (b"a\n\r\nb\n", b"a\r\n\r\nb\r\n"),
])
def test_line_ends(site, text, expected):
    site.submit("-i", ONE, input=b"Subject: x\n\n" + text)
    assert body(site.spool.message("new")) == expected


@pytest.mark.parametrize("position", [1, 2, 3])
def test_line_ends_across_reads(site, position):
    """CR LF, a dot and NUL that fall apart between two reads."""
    text = b"Subject: x\n\nab\r\r\n"
    cut = len(text) - position
    with subprocess.Popen([program("sendmail"), "-C", site.configuration, ONE],
                          stdin=subprocess.PIPE, bufsize=0,
                          env=environment()) as process:
        process.stdin.write(text[:cut])
        wait_until_read(process.stdin)
        process.stdin.write(text[cut:])
        wait_until_read(process.stdin)
        process.stdin.write(b".")
        wait_until_read(process.stdin)
        process.stdin.write(b"\nlost\n")
        process.stdin.close()
        assert process.wait() == 0
    assert body(site.spool.message("new")) == b"ab\r\n"


def wait_until_read(pipe):
    """Until the reader has taken all that was written."""
    def empty():
        unread = array.array("i", [0])
        fcntl.ioctl(pipe, termios.FIONREAD, unread)
        return unread[0] == 0

    wait_until(empty)


@pytest.mark.parametrize("text, expected", [
    (b"a\n.\nb\n", b"a\r\n"),
    (b"a\r\n.\r\nb\r\n", b"a\r\n"),
    (b".\nb\n", b""),
    (b"a\n.", b"a\r\n"),
    (b"..\n", b".\r\n"),
    (b"..a\n", b".a\r\n"),
    (b"...\n", b"..\r\n"),
    (b".a\n", b".a\r\n"),
    (b"a.\nb\n", b"a.\r\nb\r\n"),
    (b". \nb\n", b". \r\nb\r\n"),
])
def test_without_i_a_lone_dot_ends_the_message(site, text, expected):
    site.submit(ONE, input=b"Subject: x\n\n" + text)
    assert body(site.spool.message("new")) == expected


@pytest.mark.parametrize("option", ["-i", "-oi"])
@pytest.mark.parametrize("text", [
    b"a\n.\nb\n", b".\n", b"..\n", b"..a\n", b"a\n.", b".a\n..\n...\n"])
def test_with_i_dots_are_text(site, option, text):
    site.submit(option, ONE, input=b"Subject: x\n\n" + text)
    expected = text.removesuffix(b"\n") + b"\n"
    assert body(site.spool.message("new")) == expected.replace(b"\n", b"\r\n")


def test_a_lone_dot_ends_the_header_too(site):
    site.submit("-t", input=b"To: a@example.net\n.\nCc: b@example.net\n")
    entry = site.spool.entry("new")
    assert entry.recipients == ["a@example.net"]
    assert body(entry.message) == b""


def test_what_follows_the_dot_is_read_and_forgotten(site):
    """Or the writer would die of SIGPIPE."""
    reader, writer = os.pipe()
    with subprocess.Popen([program("sendmail"), "-C", site.configuration, ONE],
                          stdin=reader, env=environment()) as process:
        os.close(reader)
        os.write(writer, b"Subject: x\n\n.\n")
        for number in range(64):
            os.write(writer, b"x" * 65536)
        os.close(writer)
        assert process.wait() == 0
    assert body(site.spool.message("new")) == b""


def test_input_from_a_file_begins_where_it_stands(site, tmp_path):
    path = tmp_path / "input"
    path.write_bytes(b"skipped\nSubject: x\n\nbody\n")
    with open(path, "rb") as source:
        os.lseek(source.fileno(), 8, os.SEEK_SET)
        site.submit(ONE, input=source)
    assert body(site.spool.message("new")) == b"body\r\n"


def test_input_from_a_socket(site):
    near, far = socket.socketpair()
    near.sendall(b"Subject: x\n\nbody\n")
    near.shutdown(socket.SHUT_WR)
    site.submit(ONE, input=far)
    assert body(site.spool.message("new")) == b"body\r\n"


@pytest.mark.parametrize("size", [1 << 12, 1 << 16, (1 << 20) + 1])
def test_lines_around_the_size_of_a_buffer(site, size):
    text = b"x" * (size - 1) + b"\r\n" + b"y" * size + b"\n"
    site.submit(ONE, input=b"DKIM-Signature: x\n\n" + text)
    assert body(site.spool.message("new")) == \
        b"x" * (size - 1) + b"\r\n" + b"y" * size + b"\r\n"
