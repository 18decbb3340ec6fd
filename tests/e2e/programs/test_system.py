"""What speaks for the machine itself: sudo, mdadm, ..."""

from harness import body, field
from machine import as_alice

OPS = "ops@example.net"


def test_mdadm(machine, need):
    """A test needs no array: it is told about one that is not there."""
    need("mdadm")
    machine.call(f"mdadm --monitor --test --oneshot --mail={OPS} /dev/md/0")
    message = machine.arrived()
    assert message.sender == "root@example.org"
    assert message.recipients == [OPS]
    assert field(message.data, "to") == [OPS]
    [sender] = field(message.data, "from")
    assert sender.startswith("mdadm monitoring <root@")
    assert body(message.data).startswith(
        b"This is an automatically generated mail message from mdadm\r\n")
    assert body(message.data).endswith(b"\r\nFaithfully yours, etc.\r\n")
