"""onehopctl import stopped, or failed, at each system call that it makes.

What nullmailer had queued is sent once, or named; configuration and password
are those of before or of after; and the password is for nobody else to read.
"""

import shutil

import pytest

from harness import program, run
from tracing import FAULTS, Judge, deed_for, spread

SECRET = "s3cret-p4ssword"
BEFORE = "# relay smtps://before.example.com\n"
REMOTES = f"smtp.example.com smtp port=587 starttls user=me pass={SECRET}\n"
NAMES = ("1.1", "1.2")
SAMPLE = 3


class Migration(Judge):
    def __init__(self, site, tracer, tally):
        super().__init__(tally)
        self.site, self.tracer = site, tracer
        self.root = site.directory / "root"
        self.etc = site.directory / "etc"
        self.queue = self.root / "var/spool/nullmailer"
        self.command = [program("onehopctl"), "-C", self.etc / "onehop.conf",
                        "import", "--write", "--force", "--from", self.root,
                        "nullmailer"]
        self.after = None

    def set_up(self):
        """As it is before an import."""
        shutil.rmtree(self.root, ignore_errors=True)
        shutil.rmtree(self.etc, ignore_errors=True)
        for path in self.site.spool.files():
            path.unlink()
        remotes = self.root / "etc/nullmailer/remotes"
        remotes.parent.mkdir(parents=True)
        remotes.write_text(REMOTES)
        (self.queue / "queue").mkdir(parents=True)
        for name in NAMES:
            (self.queue / "queue" / name).write_text(
                f"a@example.com\none@example.net\n\nSubject: {name}\n\nx\n")
        self.etc.mkdir()
        (self.etc / "onehop.conf").write_text(
            f"{BEFORE}spool {self.site.spool.path}\n")

    def run(self, **what):
        self.set_up()
        return self.tracer.run(self.command, "onehopctl", **what)

    def where(self, name):
        """In queue/, in onehop/, and how often in the spool."""
        subject = f"Subject: {name}\r\n".encode()
        copies = [path for path in self.site.spool.files("new")
                  if subject in path.read_bytes()]
        return ((self.queue / "queue" / name).exists(),
                (self.queue / "onehop" / name).exists(), len(copies))

    def check_messages(self):
        for name in NAMES:
            queued, moved, copies = self.where(name)
            assert queued or moved or copies, "lost"
            assert not (queued and (moved or copies)), "to be sent twice"
            assert copies <= 1, "taken twice"

    def check_files(self):
        text = (self.etc / "onehop.conf").read_text()
        assert text == self.after or text.startswith(BEFORE), "configuration"
        password = self.etc / "password"
        if password.exists():
            assert password.read_text() == SECRET + "\n", "password"
            assert password.stat().st_mode & 0o777 == 0o400, "its mode"
        else:
            assert text.startswith(BEFORE), "no password"
        for path in self.etc.iterdir():
            assert not (SECRET in path.read_text() and
                        path.stat().st_mode & 0o077), "readable by others"

    def check_again(self):
        """What another import, which nothing befalls, makes of it."""
        again = run([str(word) for word in self.command])
        self.check_messages()
        assert (self.etc / "onehop.conf").read_text() == self.after, "again"
        for name in NAMES:
            queued, moved, copies = self.where(name)
            assert not queued, "left in the queue"
            assert copies or moved and name in again.stderr, "not named"

    def check(self, result):
        self.check_messages()
        self.check_files()
        if result.status == 0:
            assert all(self.where(name) == (False, False, 1)
                       for name in NAMES), "a status"
        else:
            assert result.killed or result.stderr or \
                "write" in result.hits, "words"
        self.check_again()

    def attempt(self, row, **what):
        result = self.run(**what)
        if result.hits:
            self.judge(row, lambda: self.check(result), lambda: result)


@pytest.fixture
def migration(fast_site, tracer, tally):
    fast_site.submit("one@example.net")
    migration = Migration(fast_site, tracer, tally)
    yield migration
    assert not migration.failures, "\n".join(migration.failures)


def test_fault(migration, everything):
    calls = migration.run().calls
    migration.after = (migration.etc / "onehop.conf").read_text()
    assert migration.after.startswith("# Imported")
    main = next(call.index for call in calls if call.name == "poll")
    for kind in ("kill -9", *FAULTS):
        fit = [call for call in calls if call.index >= main and
               (kind == "kill -9" or call.can_fail(kind))]
        for call in fit if everything else spread(fit, SAMPLE):
            if kind == "kill -9":
                migration.attempt("kill -9 at each call of onehopctl import",
                                  at=call.index, deed="kill-before")
            else:
                migration.attempt("an error at each call of onehopctl import",
                                  at=call.index, deed=deed_for(kind, call))
