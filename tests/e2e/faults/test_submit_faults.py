"""The way through the socket: the client and its helper, at each call.

The client exits with what the helper says; if the helper cannot say it any
more, nobody knows, but what is in the spool is whole.
"""

import os

import pytest

from harness import children, program, run, wait_until
from spooled import comparable
from test_submit_socket import CALLER, OWNER, Fence, no_privileges
from tracing import FAULTS, SHORTENED, Judge, deed_for, one_of_each

ONE = "one@example.net"
LETTER = b"Subject: x\n\ntext\n"
DEEDS = {"kill -9": "kill-before", "a short length": "short=1"}
RISKY = {"ppoll", "recvfrom", "recvmsg", "sendto", "fsync", "renameat2"}


class Errand(Judge):
    """A caller without privileges, and a flusher that helps."""

    def __init__(self, directory, certificates, tracer, tally):
        self.fence = Fence(directory, certificates, OWNER)
        super().__init__(tally)
        self.tracer = tracer
        self.flusher = None
        self.command = self.fence.command(ONE)

    def begin(self, **options):
        self.fence.socket.unlink(missing_ok=True)
        self.flusher = self.fence.flusher(**options)
        wait_until(lambda: self.fence.socket.exists() and
                   self.fence.socket.stat().st_mode & 0o777 == 0o666,
                   "a socket")

    def end(self):
        wait_until(lambda: not children(self.flusher.pid), "no helper")
        self.flusher.stop()

    def check(self, result, unknown):
        sent = [comparable(path, [ONE])
                for path in self.fence.spool.files("new")]
        assert sent in ([], [self.expected]), "another message"
        if result.status == 0:
            assert sent, "nothing sent"
            assert result.stdout + result.stderr == "", "words"
        elif not unknown:
            assert not sent, "sent"
            assert result.status in range(64, 79), "status"
            assert result.stderr.startswith("sendmail: "), "words"

    def note(self, row, result, unknown, where):
        self.judge(row, lambda: self.check(result, unknown),
                   lambda: f"after {where}: {result}")

    def clear(self):
        for path in self.fence.spool.files("new", "tmp"):
            path.unlink()

    def call(self, **what):
        """The client is traced."""
        return self.tracer.run(self.command, "sendmail", LETTER, cwd="/",
                               **what)

    def trace_helper(self, **what):
        """Its calls, or what was done to it, and what the client saw."""
        end, report = os.pipe()
        self.begin(pass_fds=[report], prefix=[
            str(self.tracer.program),
            *self.tracer.options("sendmail", **what), str(report)])
        os.close(report)
        result = self.send()
        self.end()
        with open(end) as file:
            return result, file.read().splitlines()

    def send(self):
        return run(self.command, LETTER, cwd="/")

    def learn(self):
        self.begin()
        assert self.send().status == 0
        self.expected = comparable(self.fence.spool.only("new"), [ONE])
        self.clear()
        self.calls = self.call().calls
        self.clear()


@pytest.fixture
def errand(open_directory, certificates, tracer, tally, root):
    if run([*no_privileges(), "test", "-x", program("onehopctl")],
           cwd="/").status:
        pytest.skip(f"the programs are out of reach for user {CALLER}")
    errand = Errand(open_directory, certificates, tracer, tally)
    errand.learn()
    yield errand
    errand.fence.close()
    assert not errand.failures, "\n".join(errand.failures)


def faults(calls, everything):
    """(how the row of the fault begins, call, deed)."""
    main = next(call.index for call in calls if call.name == "poll")
    for kind in (*DEEDS, *FAULTS):
        if kind == "kill -9":
            fit = calls
        elif kind in FAULTS:
            fit = [call for call in calls
                   if call.index > main and call.can_fail(kind)]
        else:
            fit = [call for call in calls if call.index > main and
                   call.name in SHORTENED and (call.result or 0) > 1]
        for call in fit if everything else one_of_each(fit, RISKY):
            if kind in FAULTS:
                yield "an error", call, deed_for(kind, call)
            else:
                yield kind, call, DEEDS[kind]


def test_client(errand, everything):
    for kind, call, deed in faults(errand.calls, everything):
        result = errand.call(at=call.index, deed=deed)
        wait_until(lambda: not children(errand.flusher.pid), "no helper")
        errand.note(f"{kind} at each call of the submit client", result,
                    result.killed, (call, result.command))
        errand.clear()


def test_helper(errand, everything):
    """Each with a flusher of its own, whose child it is."""
    errand.end()
    _, lines = errand.trace_helper()
    errand.clear()
    for kind, call, deed in faults(errand.tracer.calls(lines), everything):
        result, hits = errand.trace_helper(at=call.index, deed=deed)
        if hits:
            errand.note(f"{kind} at each call of the submit helper", result,
                        deed.startswith("kill"), (call, deed))
        errand.clear()
