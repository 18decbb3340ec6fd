"""A large message goes through every program in constant memory."""

import array
import fcntl
import resource
import subprocess
import termios
import threading

import pytest

import harness
from harness import environment, peak_rss, program, wait_until

ONE = "one@example.net"
SIZE = 50 * 1000 * 1000
# Far below the size of the message, far above what a small program needs.
LIMIT = 16 * 1024   # KiB


@pytest.fixture(autouse=True)
def unsanitized():
    if harness.sanitized():
        pytest.skip("a sanitizer needs memory of its own")


def text():
    line = b".a line of text that is sixty-four octets long, all in all ....\n"
    return b"Subject: large\n\n" + line * (SIZE // len(line))


def drained(pipe):
    unread = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, unread)
    return unread[0] == 0


def submit_large(site):
    """The peak of sendmail when it has read all of a large message."""
    with subprocess.Popen([program("sendmail"), "-C", site.configuration, "-i",
                           ONE], stdin=subprocess.PIPE, bufsize=0,
                          env=environment()) as process:
        process.stdin.write(text())
        wait_until(lambda: drained(process.stdin), "an empty pipe")
        peak = peak_rss(process.pid)
        process.stdin.close()
        assert process.wait() == 0
    return peak


@pytest.mark.parametrize("keywords", [["PIPELINING"], ["CHUNKING"]],
                         ids=["DATA", "BDAT"])
def test_fifty_megabytes(site, smarthost, capsys, keywords):
    measured = threading.Event()
    host = smarthost(keywords=keywords,
                     script={"end": lambda session: measured.wait(60) and None})
    site.use(host, max_size="60M")
    sendmail = submit_large(site)
    stored = site.spool.message("new")
    flusher = site.flusher()
    wait_until(lambda: host.sessions and host.sessions[0].message
               and host.sessions[0].message.method, "the end of the message")
    onehop_flush, onehop_smtp = flusher.peak_rss()
    measured.set()
    flusher.log.wait_for("removed")
    with capsys.disabled():
        print(f"\npeak RSS with 50 MB: sendmail {sendmail} KiB, onehop-flush "
              f"{onehop_flush} KiB, onehop-smtp {onehop_smtp} KiB")
    assert len(stored) > SIZE
    assert host.messages[0].data == stored
    assert 0 < sendmail < LIMIT
    assert 0 < onehop_flush < LIMIT
    assert 0 < onehop_smtp < 2 * LIMIT      # it has OpenSSL in it


def test_one_line_that_is_encoded(site):
    """Twenty megabytes become sixty on their second way through the spool."""
    limit = 2 * LIMIT * 1024
    site.submit(ONE, input=b"Subject: x\n\n" + b"\xc3\xa9" * 10_000_000,
                preexec_fn=lambda: resource.setrlimit(
                    resource.RLIMIT_AS, (limit, limit)))
    message = site.spool.message("new")
    assert len(message) > 60_000_000
    assert max(len(line) for line in message.split(b"\r\n")) <= 998
