"""What files a user's incoming mail and passes some of it on."""

import pytest

import letter
from harness import field
from machine import as_alice

OPS = "ops@example.net"
MAIL = (b"From: a@example.com\nTo: alice@example.org\nSubject: x\n"
        b"Message-ID: <1@example.com>\nDate: Sat, 21 Nov 2026 00:00:00 +0000"
        b"\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
        b"Content-Transfer-Encoding: 8bit\n\n.\n\xc3\xbc\n")


@pytest.mark.parametrize("path", ["/usr/sbin/sendmail", "/usr/lib/sendmail"])
def test_procmail(machine, need, path):
    """Its user is the sender; to a mailbox, or here, it adds a line."""
    need("procmail")
    recipe = machine.directory / "procmailrc"
    recipe.write_text(f"SENDMAIL={path}\n:0 w\n! {OPS}, two@example.net\n")
    recipe.chmod(0o644)
    machine.call(as_alice(f"procmail -f b@example.com {recipe}"),
                 input=b"From b@example.com\n" + MAIL)
    message = machine.arrived()
    assert message.sender == "alice@example.org"
    assert message.recipients == [OPS, "two@example.net"]
    assert field(message.data, "to") == ["alice@example.org"]
    assert letter.text(letter.parse(message)) == [".", "ü", ""]


DOVECOT = """
mail_location = maildir:~/Maildir
postmaster_address = postmaster@example.org
log_path = /dev/stderr
protocol lda {
	mail_plugins = sieve
}
plugin {
	sieve = DIRECTORY/sieve
}
"""


@pytest.fixture
def dovecot(machine, need):
    """Delivers to alice, who has a sieve script, a message from a sender."""
    need("/usr/lib/dovecot/dovecot-lda")
    need("sievec")

    def dovecot(script, sender):
        configuration = machine.directory / "dovecot.conf"
        configuration.write_text(
            DOVECOT.replace("DIRECTORY", str(machine.home)))
        (machine.home / "sieve").write_text(script)
        machine.call(as_alice(
            f"env -i HOME={machine.home} /usr/lib/dovecot/dovecot-lda "
            f"-c {configuration} -f '{sender}' -a alice@example.org -e"),
            input=MAIL)

    return dovecot


@pytest.mark.parametrize("sender, forwarded", [
    ("b@example.com", "b@example.com"), ("", "")], ids=["sender", "bounce"])
def test_dovecot_redirects(machine, dovecot, sender, forwarded):
    """With an empty environment, and perhaps with the null sender."""
    dovecot(f'redirect "{OPS}";', sender)
    message = machine.arrived()
    assert message.sender == forwarded
    assert message.recipients == [OPS]
    assert letter.text(letter.parse(message)) == [".", "ü"]
    assert field(message.data, "message-id") == ["<1@example.com>"]


def test_dovecot_answers_for_alice(machine, dovecot):
    dovecot('require "vacation"; vacation :subject "Urlaub" "Grüße\\n.";',
            "b@example.com")
    message = machine.arrived()
    assert message.sender == ""
    assert message.recipients == ["b@example.com"]
    assert field(message.data, "auto-submitted") == ["auto-replied (vacation)"]
    assert field(message.data, "in-reply-to") == ["<1@example.com>"]
    assert letter.text(letter.parse(message))[0].startswith("Grüße")
