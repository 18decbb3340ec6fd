"""cron, at and anacron, which mail what their jobs print.

The daemons run in a machine of their own, and the jobs belong to an ordinary
user: so does the mail, whatever the daemon's environment says.
"""

import pytest

import letter
from harness import body, field
from machine import as_alice

OPS, TWO = "ops@example.net", "two@example.net"
# What a job prints: dots, 8-bit text, and a last line without an end.
PRINT = r"printf 'one\n.\n\n..\n\303\274 end'"
PRINTED = ["one", ".", "", "..", "ü end"]


def cron(*lines):
    """cron with alice's crontab; a job at once, not at the full minute."""
    table = "\n".join(lines)
    return f"crontab -u alice - <<'EOT'\n{table}\nEOT\nexec cron -f"


def test_cron(machine, need):
    need("cron")
    machine.call_until_mail(cron(
        f"MAILTO={OPS},{TWO}", "LANG=C.UTF-8",
        "CONTENT_TYPE=text/plain; charset=utf-8", f"@reboot {PRINT}"))
    message = machine.arrived()
    assert message.sender == "alice@example.org"
    assert message.recipients == [OPS, TWO]
    assert letter.text(letter.parse(message)) == PRINTED
    assert field(message.data, "from") == ["root@example.org (Cron Daemon)"]
    assert field(message.data, "to") == [f"{OPS},{TWO}"]
    assert field(message.data, "subject") == [f"Cron <alice@host1> {PRINT}"]
    assert field(message.data, "x-cron-env")


def test_cron_mails_the_owner(machine, need):
    need("cron")
    machine.call_until_mail(cron("@reboot echo .; echo end"))
    message = machine.arrived()
    assert message.sender == "alice@example.org"
    assert message.recipients == ["alice@example.org"]
    assert field(message.data, "to") == ["alice@example.org"]
    assert body(message.data) == b".\r\nend\r\n"


@pytest.mark.parametrize("command", ["at now", "batch"])
def test_at(machine, need, command):
    need("atd")
    machine.call_until_mail(f"""
        install -m 600 -o daemon /dev/null /var/spool/cron/atjobs/.SEQ
        atd -l 1000 -b 1
        echo "$JOB" | {as_alice(command)}
        exec sleep 60""", JOB=PRINT)
    message = machine.arrived()
    assert message.sender == "alice@example.org"
    assert message.recipients == ["alice@example.org"]
    assert field(message.data, "from") == [
        '"Alice Q. Tester" <alice@example.org>']
    assert field(message.data, "to") == ["alice@example.org"]
    [subject] = field(message.data, "subject")
    assert subject.startswith("Output from your job")
    assert letter.text(letter.parse(message)) == PRINTED


def test_anacron(machine, need):
    """The one that calls sendmail without -i: it doubles no dots."""
    need("anacron")
    table = machine.directory / "anacrontab"
    table.write_text(f"MAILTO={OPS}\n1 0 job echo one; echo; echo ..two\n")
    machine.call(f"anacron -d -f -n -s -t {table}")
    message = machine.arrived()
    assert message.sender == "root@example.org"
    assert message.recipients == [OPS]
    assert field(message.data, "from") == ["Anacron <root@example.org>"]
    assert field(message.data, "to") == [OPS]
    assert body(message.data) == b"one\r\n\r\n.two\r\n"
