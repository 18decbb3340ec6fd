"""What speaks for the machine itself: sudo, mdadm, fail2ban, logwatch."""

import letter
from harness import body, field
from machine import as_alice

OPS = "ops@example.net"


def sudoers(*lines):
    table = "\n".join(lines)
    return f"cat >/etc/sudoers <<'EOT'\n{table}\nEOT\n"


def check_sudo(message, text):
    """Mail about alice comes from alice, and sudo has no From of its own."""
    assert message.sender == "alice@example.org"
    assert message.recipients == [OPS]
    assert field(message.data, "to") == [OPS]
    assert field(message.data, "from") == ["alice@example.org"]
    assert field(message.data, "auto-submitted") == ["auto-generated"]
    assert field(message.data, "subject") == ["*** host1: alice ***"]
    assert text in letter.parse(message).get_content()


def test_sudo_tells_of_every_command(machine, need):
    need("sudo")
    machine.call_until_mail(sudoers(
        f"Defaults mail_always, mailto=\"{OPS}\", mailsub=\"*** %h: %u ***\"",
        "alice ALL = (ALL) NOPASSWD: ALL") +
        as_alice("sudo -n /bin/echo Grüße") + "; exec sleep 60")
    # One when it is allowed, and one more when it has ended.
    messages = machine.arrivals()
    assert messages
    for message in messages:
        check_sudo(message, "COMMAND=/bin/echo Grüße")


def test_sudo_tells_of_a_wrong_password(machine, need):
    need("sudo")
    machine.call_until_mail(sudoers(
        f"Defaults mail_badpass, passwd_tries=1, mailto=\"{OPS}\", "
        "mailerpath=/usr/lib/sendmail, mailsub=\"*** %h: %u ***\"",
        "alice ALL = (ALL) ALL") + """
        echo 'auth required pam_deny.so' >/etc/pam.d/sudo
        echo 'account required pam_permit.so' >>/etc/pam.d/sudo
        echo wrong | """ + as_alice("sudo -S /bin/true") +
        " || exec sleep 60")
    check_sudo(machine.arrived(), "1 incorrect password attempt")


def test_mdadm(machine, need):
    """A test needs no array: it is told about one that is not there."""
    need("mdadm")
    machine.call(f"mdadm --monitor --test --oneshot --mail={OPS} /dev/md/0")
    message = machine.arrived()
    assert message.sender == "root@example.org"
    assert message.recipients == [OPS]
    assert field(message.data, "to") == [OPS]
    assert field(message.data, "from") == ["mdadm monitoring <root@host1>"]
    assert body(message.data).startswith(
        b"This is an automatically generated mail message from mdadm\r\n")
    assert body(message.data).endswith(b"\r\nFaithfully yours, etc.\r\n")


def test_mdadm_with_a_configuration(machine, need):
    need("mdadm")
    machine.call(f"""
        printf 'MAILADDR root\\nMAILFROM raid@example.com\\n' >/etc/mdadm.conf
        mdadm --monitor --test --oneshot -c /etc/mdadm.conf /dev/md/0""")
    message = machine.arrived()
    assert message.recipients == ["root@example.org"]
    assert field(message.data, "from") == ["raid@example.com"]


def test_logwatch(machine, need):
    """It ends the header with a line of a blank, which is text."""
    need("logwatch")
    machine.call(f"""
        mkdir -p /etc/logwatch/conf
        echo TmpDir = /run >>/etc/logwatch/conf/logwatch.conf
        mount -t tmpfs tmpfs /var/log
        echo 'Nov 22 00:00:00 host sudo: alice : TTY=pts/0 ; PWD=/ ;' \
            'USER=root ; COMMAND=/bin/grüße' >/var/log/auth.log
        logwatch --output mail --mailto {OPS} --service sudo --range all""")
    message = machine.arrived()
    assert message.sender == "root@example.org"
    assert message.recipients == [OPS]
    assert field(message.data, "from") == ["root@example.org"]
    lines = letter.text(letter.parse(message))
    assert any("/bin/grüße " in line for line in lines)
    assert " Logwatch " in "".join(lines[:3])
    assert " Logwatch End " in "".join(lines[-3:])


FAIL2BAN = f"""
mount -t tmpfs tmpfs /var/lib/fail2ban
mount -t tmpfs tmpfs /var/log
mkdir /run/fail2ban
touch /var/log/test.log
rm -f /etc/fail2ban/jail.d/*
cat >/etc/fail2ban/jail.local <<.
[test]
enabled = true
backend = polling
filter = sshd
logpath = /var/log/test.log
action = sendmail[name=test, dest="{OPS}", sender=ban@example.com]
.
fail2ban-client start
fail2ban-client set test banip 192.0.2.1
fail2ban-client stop
"""


def test_fail2ban(machine, need):
    """Without -i, and the text has no line end at its end."""
    need("fail2ban-client", "--version")
    machine.call(FAIL2BAN)
    messages = machine.arrivals()
    for message in messages:
        assert message.sender == "ban@example.com"
        assert message.recipients == [OPS]
        assert field(message.data, "from") == ["Fail2Ban <ban@example.com>"]
        assert field(message.data, "to") == [OPS]
        assert body(message.data).startswith(b"Hi,\r\n\r\nThe ")
        assert body(message.data).endswith(
            b"\r\n\r\nRegards,\r\n\r\nFail2Ban\r\n")
    subjects = [field(message.data, "subject")[0] for message in messages]
    for word in ("started", "banned 192.0.2.1", "stopped"):
        assert any(word in subject for subject in subjects), subjects
