"""onehopctl stopped, or failed, at each system call that it makes.

A message is in one place and whole, or it has been removed.
"""

import pytest

from harness import program
from tracing import FAULTS, Judge, deed_for, spread

ONE = "one@example.net"
PLACES = ("new", "cur", "hold", "failed", "corrupt", "tmp")
SAMPLE = 2
VERBS = ("remove", "retry", "retry ALL", "list")


class Administrator(Judge):
    def __init__(self, site, tracer, tally, verb):
        super().__init__(tally)
        self.site, self.tracer = site, tracer
        self.verb = verb
        site.submit(ONE)
        self.path = site.spool.only("new")
        self.octets = self.path.read_bytes()
        words = {"retry ALL": ["ALL"], "list": []}
        self.arguments = [*verb.split()[:1],
                          *words.get(verb, [self.path.name])]

    def run(self, **what):
        self.path.write_bytes(self.octets)
        self.path.chmod(0o660)
        return self.tracer.run(
            [program("onehopctl"), "-C", self.site.configuration,
             *self.arguments], "onehopctl", **what)

    def check(self, run):
        found = [path.read_bytes() for path in self.site.spool.files(*PLACES)]
        assert found in ([self.octets], []), "not one whole message"
        if self.verb != "remove":
            assert found, "lost"
            if self.verb == "list" and run.status == 0:
                assert self.path.name in run.stdout + run.stderr, "not listed"
        elif run.status == 0:
            assert not found and "removed" in run.stdout, "not removed"
        elif not run.killed and "write" not in run.hits:
            # What was removed, and that it may not be durable, it says.
            assert found and run.stderr or \
                "was removed may come back" in run.stderr, "a status"
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
