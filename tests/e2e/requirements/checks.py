"""What the tests of the requirements have in common.

A requirement is a numbered sentence on how sendmail has to behave towards
the programs that call it.  A test that begins with test_r07_ is one of
requirement 7, and says in words what that is.
"""

import os
import pwd
import re
import subprocess

from harness import SANITIZER_OPTIONS, check_sanitizers, environment, \
    program, run

ONE, TWO, THREE = "one@example.net", "two@example.net", "three@example.net"
TEXT = b"Subject: x\n\ntext\n"
DOTS = b"Subject: x\n\nbefore\n.\nafter\n"

OK, USAGE, DATAERR, UNAVAILABLE = 0, 64, 65, 69
OSERR, IOERR, TEMPFAIL, NOPERM = 71, 74, 75, 77

LOGIN = pwd.getpwuid(os.getuid()).pw_name


def call(site, *arguments, name="sendmail", input=TEXT, **options):
    """sendmail called by another name, or by another path."""
    return run([name, "-C", str(site.configuration), *arguments], input,
               executable=program("sendmail"), **options)


def taken(site, *arguments, input=TEXT, **options):
    """The spool entry of a message that was accepted in silence."""
    site.submit(*arguments, input=input, **options)
    return site.spool.entry("new")


def assert_refused(site, result, status, pattern=""):
    """Refused with this status, one line, and nothing left behind."""
    assert (result.status, result.stdout) == (status, ""), result
    assert result.stderr.startswith("sendmail: "), result
    assert result.stderr.count("\n") == 1 and result.stderr.endswith("\n")
    assert re.search(pattern, result.stderr), result.stderr
    assert site.spool.names() == []


def refuse(site, *arguments, status, pattern="", input=TEXT, **options):
    assert_refused(site, site.sendmail(*arguments, input=input, **options),
                   status, pattern)


def sent(site, *arguments, **options):
    """The messages at the smarthost after one more submission."""
    site.submit(*arguments, **options)
    return flushed(site)


def flushed(site):
    status, log = site.flush()
    assert status == 0, log.text()
    return site.host.messages


def mail_commands(site):
    return [command.line.decode("utf-8", "surrogateescape").rstrip("\r\n")
            for command in site.host.commands if command.verb == b"MAIL"]


def rcpt_commands(site):
    return [command.line.decode("utf-8", "surrogateescape").rstrip("\r\n")
            for command in site.host.commands if command.verb == b"RCPT"]


def lines_of(message):
    """The lines of a canonical message, which must have no other ends."""
    assert message.endswith(b"\r\n")
    lines = message[:-2].split(b"\r\n")
    assert not [line for line in lines if b"\r" in line or b"\n" in line]
    return lines


class Running:
    """A sendmail that has not ended yet, with a pipe or more to it."""

    def __init__(self, site, *arguments, env=None, **options):
        options.setdefault("stdin", subprocess.PIPE)
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        self.process = subprocess.Popen(
            [program("sendmail"), "-C", str(site.configuration), *arguments],
            env=environment() if env is None else env, bufsize=0, **options)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout,
                       self.process.stderr):
            if stream:
                stream.close()

    def write(self, octets):
        self.process.stdin.write(octets)

    def end(self):
        """Closes stdin; the status, and what was said."""
        stdout, stderr = self.process.communicate(timeout=60)
        check_sanitizers((stderr or b"").decode(errors="replace"))
        return self.process.returncode, stdout, stderr


def bare_environment():
    """Nothing but what a sanitizer needs."""
    return dict(SANITIZER_OPTIONS)
