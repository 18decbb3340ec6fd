"""sendmail as it is installed: setgid, and called by an ordinary user."""

import os
import socket

import pytest

from harness import sanitized
from machine import OWNER_ID, USER_ID, as_alice


@pytest.fixture
def submit(machine):
    """What listens where onehop-flush would take in who cannot help himself."""
    path = machine.spool.path / "submit"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        before = os.getcwd()
        os.chdir(machine.spool.path)        # its path may be too long
        listener.bind(path.name)
        os.chdir(before)
        path.chmod(0o666)
        listener.listen()
        listener.setblocking(False)
        yield listener
        path.unlink()


def test_the_setgid_bit_is_the_way_in(machine, submit):
    machine.call("echo text | " + as_alice("/usr/sbin/sendmail a@example.net"))
    stat = machine.spool.only("new").stat()
    assert stat.st_uid == USER_ID
    assert sanitized() or stat.st_gid == OWNER_ID
    with pytest.raises(BlockingIOError):
        submit.accept()
