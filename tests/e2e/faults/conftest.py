"""Counts what is tried and survived, and prints it as a table at the end.

A sample of each suite runs among the other tests; ONEHOP_FAULTS=all, which
"make check-faults" sets, runs the whole of it.
"""

import os

import pytest

import attack
import tracing

ROWS = {}


@pytest.fixture(scope="session")
def everything():
    """Whether the whole of a suite is to run."""
    return os.environ.get("ONEHOP_FAULTS") == "all"


@pytest.fixture(scope="session")
def tally():
    """Counts a fault that was tried under the name of its row."""
    def count(row, survived):
        tried, held = ROWS.get(row, (0, 0))
        ROWS[row] = tried + 1, held + bool(survived)

    return count


@pytest.fixture
def installed(open_directory, certificates, smarthost, root):
    """An installation; it ends before its smarthosts do."""
    with attack.installation(open_directory, certificates) as site:
        yield site


@pytest.fixture(scope="session")
def tracer(tmp_path_factory):
    """Does what it is told to a program at one of its system calls."""
    return tracing.make(tmp_path_factory.mktemp("tracer"))


def pytest_terminal_summary(terminalreporter):
    for row, (tried, held) in sorted(ROWS.items()):
        terminalreporter.write_line(
            f"{row:<50} {tried:>6} tried {held:>6} survived")
