"""onehopctl or mailq stopped, or failed, at each system call.

A message is in one place and whole, or it has been removed.
"""

import time

import pytest

from harness import program
from tracing import FAULTS, Judge, deed_for, spread

ONE = "one@example.net"
PLACES = ("new", "cur", "hold", "failed", "corrupt", "tmp")
SAMPLE = 2
LATER = "9999999999"

# By verb: its words, ID standing for the message; where that is before, and
# where it is when the verb has succeeded; and what is said about it then.
VERBS = {
    "remove": (["remove", "ID"], "new/ID", None, "removed"),
    "retry": (["retry", "ID"], f"cur/ID.{LATER}", "cur/ID.NOW", ""),
    "retry ALL": (["retry", "ALL"], "new/ID", "new/ID", ""),
    "list": (["list", "--sender", "*"], "new/ID", "new/ID", "ID"),
    "mailq": ([], "new/ID", "new/ID", "ID"),
    "hold": (["hold", "ID"], "new/ID", "hold/ID", "held"),
    "hold of a deferred one": (["hold", "ALL"], f"cur/ID.{LATER}",
                               f"hold/ID.{LATER}", "held"),
    "release": (["release", "ALL"], "hold/ID", "new/ID", "released"),
    "release of a deferred one": (["release", "ID"], f"hold/ID.{LATER}",
                                  "cur/ID.NOW", "released"),
    "failed requeue": (["failed", "requeue", "ID"], "failed/ID", "new/OTHER",
                       "requeued"),
}


class Administrator(Judge):
    def __init__(self, site, tracer, tally, verb):
        super().__init__(tally)
        self.site, self.tracer = site, tracer
        site.submit(ONE)
        path = site.spool.only("new")
        self.name, self.octets = path.name, path.read_bytes()
        path.unlink()
        words, self.before, self.after, self.said = VERBS[verb]
        self.program = "mailq" if verb == "mailq" else "onehopctl"
        self.arguments = [self.named(word) for word in words]
        if verb == "failed requeue":
            self.octets = self.octets.replace(b"\nto - ", b"\nto FF")

    def named(self, text):
        return text.replace("ID", self.name)

    def run(self, **what):
        for path in self.site.spool.files(*PLACES):
            path.unlink()
        path = self.site.spool.path / self.named(self.before)
        path.write_bytes(self.octets)
        path.chmod(0o660)
        return self.tracer.run(
            [program(self.program), "-C", self.site.configuration,
             *self.arguments], self.program, **what)

    def where(self):
        """Where the message is, in the form of the table; it is whole."""
        paths = self.site.spool.files(*PLACES)
        if not paths:
            return None
        [path] = paths
        octets = path.read_bytes()
        assert octets.replace(b"\nto - ", b"\nto FF") == \
            self.octets.replace(b"\nto - ", b"\nto FF"), "not whole"
        if path.parent.name == "new" and self.before.startswith("failed"):
            assert octets != self.octets, "nobody would get it"
            return "new/OTHER"
        name, _, due = path.name.partition(".")
        assert name == self.name, "another name"
        now = due and time.time() - 60 < int(due) <= time.time()
        return f"{path.parent.name}/ID{due and '.'}{'NOW' if now else due}"

    def check(self, run):
        place = self.where()
        assert place in (self.before, self.after), "a place"
        if run.status == 0:
            assert place == self.after, "not done"
            assert self.named(self.said) in run.stdout, "unsaid"
        elif not run.killed and "write" not in run.hits:
            # What was done, and that it may not be durable, it says.
            assert run.stderr, "words"
            assert place == self.before or "power cut may undo" in \
                run.stderr or "onehop-flush" in run.stderr, "a status"
        assert run.status <= 0 or run.stderr or "write" in run.hits, "words"

    def attempt(self, row, **what):
        run = self.run(**what)
        if run.hits:
            self.judge(row, lambda: self.check(run), lambda: run)


@pytest.fixture(params=VERBS)
def administrator(fast_site, tracer, tally, request):
    administrator = Administrator(fast_site, tracer, tally, request.param)
    yield administrator
    assert not administrator.failures, "\n".join(administrator.failures)


def test_fault(administrator, everything):
    calls = administrator.run().calls
    main = next(call.index for call in calls if call.name == "poll")
    for kind in ("kill -9", *FAULTS):
        fit = [call for call in calls if kind == "kill -9" or
               call.index >= main and call.can_fail(kind)]
        for call in fit if everything else spread(fit, SAMPLE):
            if kind == "kill -9":
                administrator.attempt("kill -9 at each call of onehopctl",
                                      at=call.index, deed="kill-before")
            else:
                administrator.attempt("an error at each call of onehopctl",
                                      at=call.index,
                                      deed=deed_for(kind, call))
