"""Each signal that ends a program, at each system call of sendmail.

Those that sendmail catches come with the other faults at its system calls.
The bit must have its effect though it is traced: the tracer is root's.
"""

import signal

import pytest

from attack import ATTACKER, LETTER, ONE, check_complete, sample

tracing = pytest.importorskip("tracing")

OTHERS = ["SIGQUIT", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGXCPU", "SIGVTALRM",
          "SIGPROF", "SIGIO", "SIGPWR", "SIGRTMIN"]


@pytest.mark.parametrize("name", sample(OTHERS, "SIGALRM", "SIGUSR1"))
def test_a_signal_at_each_call(installed, tracer, tally, everything, name):
    """It may end it, but then nothing is there; or the message is, complete,
    and the status says so."""
    number = getattr(signal, name)
    command = ["setpriv", f"--reuid={ATTACKER}", f"--regid={ATTACKER}",
               "--clear-groups", str(installed.sendmail_path), ONE]
    calls = tracer.run(command, "sendmail", LETTER).calls
    installed.clear()
    assert calls
    names = [call.name for call in calls]
    # Where it matters, at each in the sample too.
    commit = len(names) - 1 - names[::-1].index("renameat2")
    chosen = calls if everything else [*calls[:commit:9],
                                       *calls[commit - 2:]]
    for call in chosen:
        run = tracer.run(command, "sendmail", LETTER, at=call.index,
                         deed=f"signal={int(number)}")
        files = installed.spool.files("new")
        held = run.status in (0, -number) and len(files) == (run.status == 0)
        tally("other signals at each call of sendmail", held)
        assert held, f"{run.command}: {call}: {run.status}, {files}"
        for path in files:
            check_complete(path, [ONE], b"text\r\n")
        installed.clear()
