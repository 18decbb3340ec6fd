"""A caller that speaks SMTP to sendmail -bs."""

import re
import subprocess

from harness import check_sanitizers, environment, program

GREETING, BYE = "220", "221"


class Dialogue:
    """A session on two pipes, reply by reply."""

    def __init__(self, site, *arguments, end=b"\r\n", **options):
        self.end_of_line = end
        options.setdefault("env", environment())
        self.process = subprocess.Popen(
            [program("sendmail"), "-C", str(site.configuration), "-bs",
             *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, **options)
        self.greeting = self.reply()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout,
                       self.process.stderr):
            stream.close()

    def reply(self):
        """The lines of the next reply, which must be a well-formed one."""
        lines = []
        while True:
            line = self.process.stdout.readline().decode()
            assert re.fullmatch(r"[2-5]\d\d[ -][^\r\n]*\r\n", line), line
            lines.append(line[:-2])
            assert line[:3] == lines[0][:3]
            if line[3] == " ":
                return lines

    def send(self, *lines):
        for line in lines:
            octets = line if isinstance(line, bytes) else line.encode()
            self.process.stdin.write(octets + self.end_of_line)
        self.process.stdin.flush()

    def command(self, line):
        """The code of the reply to one command."""
        self.send(line)
        return self.reply()[-1][:3]

    def message(self, *lines, sender="me@example.com",
                recipients=("one@example.net",)):
        """A whole transaction; the codes of its replies."""
        codes = [self.command(f"MAIL FROM:<{sender}>")]
        codes += [self.command(f"RCPT TO:<{name}>") for name in recipients]
        codes.append(self.command("DATA"))
        self.send(*lines)
        return codes + [self.command(".")]

    def end(self):
        """Closes stdin; the exit status. Nothing more may be said."""
        stdout, stderr = self.process.communicate(timeout=60)
        check_sanitizers(stderr.decode(errors="replace"))
        assert (stdout, stderr) == (b"", b"")
        return self.process.returncode


def replies(text):
    """The codes of the replies in what a session has said."""
    lines = text.split("\r\n")
    assert lines.pop() == "", text
    return [line[:3] for line in lines if line[3:4] != "-"]
