"""Fixtures for the programs that call sendmail.

Where a program can be told which sendmail to run, it gets a caller's.  Where
/usr/sbin/sendmail is built in, or somebody else runs it, it gets a machine.
"""

import shlex
import shutil
import subprocess

import pytest

from caller import Caller
from harness import Site, environment
from machine import Machine, obstacle


@pytest.fixture
def caller(site, smarthost):
    host = smarthost()
    site.use(host)
    return Caller(site, host)


@pytest.fixture(scope="session")
def namespaces():
    reason = obstacle()
    if reason:
        pytest.skip(reason)


@pytest.fixture
def machine(namespaces, open_directory, certificates, smarthost):
    return Machine(Site(open_directory, certificates), smarthost())


@pytest.fixture(scope="session")
def need():
    """Skips unless a command is there and, if given, a use of it works."""
    known = {}
    values = environment()

    def reason(command):
        if not shutil.which(command[0], path=values["PATH"]):
            return f"{command[0]} is not installed"
        if command[1:] and subprocess.run(
                command, stdin=subprocess.DEVNULL, env=values,
                capture_output=True).returncode:
            return f"{shlex.join(command)} does not work here"
        return None

    def need(*command):
        if command not in known:
            known[command] = reason(command)
        if known[command]:
            pytest.skip(known[command])

    return need
