"""Real programs that call sendmail: what arrives is what they meant."""

import email
import email.policy
import shutil
import subprocess

import pytest

from harness import body, environment, field, program, run

ONE, TWO = "one@example.net", "two@example.net"


@pytest.fixture
def relayed(site, smarthost):
    """A site with a smarthost, and the command line that callers get."""
    host = smarthost()
    site.use(host)
    site.host = host
    site.command = f"{program('sendmail')} -C {site.configuration}"
    home = site.directory / "home"
    home.mkdir()
    site.environment = environment(HOME=str(home), LC_ALL="C.UTF-8",
                                   EMAIL="me@example.com")
    return site


def need(command, *test):
    """Skips unless the command is there and, if given, the test succeeds."""
    if not shutil.which(command):
        pytest.skip(f"{command} is not installed")
    if test and subprocess.run([command, *test], stdin=subprocess.DEVNULL,
                               capture_output=True).returncode:
        pytest.skip(f"{' '.join([command, *test])} does not work here")


def arrived(site):
    """The one message that the smarthost got."""
    stored = site.spool.message("new")
    status, log = site.flush()
    assert status == 0, log.text()
    [message] = site.host.messages
    assert message.data == stored
    return message


def caller(site, command, **options):
    result = run(command, env=site.environment, **options)
    assert result.status == 0, result
    return result


def test_php_mail(relayed):
    need("php")
    code = ('exit(mail("one@example.net", "Grüße", "line\\n.\\n..\\nend", '
            '"From: web@example.com\\r\\nCc: two@example.net\\r\\n'
            'Bcc: blind@example.net", "-fbounce@example.com") ? 0 : 1);')
    caller(relayed, ["php", "-d", f"sendmail_path={relayed.command} -t -i",
                     "-r", code])
    message = arrived(relayed)
    assert message.sender == "bounce@example.com"
    assert message.recipients == [ONE, TWO, "blind@example.net"]
    assert body(message.data) == b"line\r\n.\r\n..\r\nend\r\n"
    assert field(message.data, "subject") == ["Grüße"]
    assert field(message.data, "from") == ["web@example.com"]
    assert field(message.data, "bcc") == []
    assert len(field(message.data, "message-id")) == 1


def test_php_mail_learns_of_a_failure(relayed):
    need("php")
    code = 'exit(mail("a@", "x", "y") ? 0 : 7);'
    result = run(["php", "-d", f"sendmail_path={relayed.command} -t -i", "-r",
                  code], env=relayed.environment)
    assert result.status == 7
    assert relayed.spool.names() == []


@pytest.fixture
def repository(relayed):
    need("git", "send-email", "--dump-aliases")
    need("perl", "-MMail::Address", "-e", "1")
    path = relayed.directory / "repository"
    relayed.environment.update(
        GIT_AUTHOR_NAME="Jörg Author", GIT_AUTHOR_EMAIL="author@example.com",
        GIT_COMMITTER_NAME="C", GIT_COMMITTER_EMAIL="c@example.com",
        GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null")
    caller(relayed, ["git", "init", "-q", str(path)])
    (path / "file").write_text(".\n..\ngr\u00fc\u00dfe\n")
    caller(relayed, ["git", "-C", str(path), "add", "file"])
    caller(relayed, ["git", "-C", str(path), "commit", "-q", "-m",
                     "file: add it\n\nA body."])
    return path


def test_git_send_email(relayed, repository):
    caller(relayed, [
        "git", "-C", str(repository), "-c",
        f"sendemail.sendmailCmd={relayed.command}", "send-email", "--quiet",
        "--confirm=never", "--from=me@example.com", f"--to={ONE}",
        f"--cc={TWO}", "--suppress-cc=all", "--envelope-sender=b@example.com",
        "--8bit-encoding=UTF-8", "-1"])
    message = arrived(relayed)
    assert message.sender == "b@example.com"
    assert message.recipients == [ONE, TWO]
    assert message.data.count(b"\r\n+.\r\n+..\r\n") == 1
    assert "+grüße\r\n".encode() in message.data
    assert field(message.data, "subject") == ["[PATCH] file: add it"]
    assert message.parameters.get("BODY") == "8BITMIME"


def test_git_send_email_by_smtp_server(relayed, repository):
    wrapper = relayed.directory / "sendmail"
    wrapper.write_text(f'#!/bin/sh\nexec {relayed.command} "$@"\n')
    wrapper.chmod(0o755)
    caller(relayed, [
        "git", "-C", str(repository), "send-email", "--quiet",
        f"--smtp-server={wrapper}", "--confirm=never",
        "--from=me@example.com", f"--to={ONE}", "--suppress-cc=all",
        "--8bit-encoding=UTF-8", "-1"])
    assert arrived(relayed).recipients == [ONE]


def test_mutt(relayed):
    need("mutt")
    attachment = relayed.directory / "data.bin"
    attachment.write_bytes(bytes(range(256)) * 20)
    caller(relayed, [
        "mutt", "-n", "-F", "/dev/null",
        "-e", f'set sendmail="{relayed.command} -oem -oi"',
        "-e", "set copy=no use_envelope_from=yes use_8bitmime=yes",
        "-e", 'set from="Me <me@example.com>"', "-e", 'set charset="utf-8"',
        "-s", "Grüße", "-a", str(attachment), "-b", "blind@example.net",
        "--", ONE, TWO],
        input="Grüße\n.\nend\n".encode())
    message = arrived(relayed)
    assert message.sender == "me@example.com"
    assert set(message.recipients) == {ONE, TWO, "blind@example.net"}
    parsed = email.message_from_bytes(message.data,
                                      policy=email.policy.default)
    text, data = parsed.iter_parts()
    assert text.get_content().splitlines() == ["Grüße", ".", "end"]
    assert data.get_content() == attachment.read_bytes()
    assert parsed["subject"] == "Grüße"
    assert parsed["bcc"] is None
    assert b"blind" not in message.data


def test_mutt_tells_of_a_failure(relayed):
    need("mutt")
    result = run([
        "mutt", "-n", "-F", "/dev/null",
        "-e", f'set sendmail="{relayed.command} -f a@ -oi"',
        "-e", "set copy=no", "-s", "x", "--", ONE],
        input=b"text\n", env=relayed.environment)
    assert result.status != 0
    assert relayed.spool.names() == []


def test_s_nail(relayed):
    need("s-nail")
    caller(relayed, [
        "s-nail", "-:/", "-S", f"mta={program('sendmail')}",
        "-S", f"mta-arguments=-C {relayed.configuration}",
        "-S", "v15-compat=yes", "-S", "ttycharset=utf-8", "-r", "me@example.com", "-s", "Grüße",
        "-b", "blind@example.net", ONE, TWO],
        input="Grüße\n.\nend\n".encode())
    message = arrived(relayed)
    assert message.sender == "me@example.com"
    assert set(message.recipients) == {ONE, TWO, "blind@example.net"}
    parsed = email.message_from_bytes(message.data,
                                      policy=email.policy.default)
    assert parsed.get_content().splitlines() == ["Grüße", ".", "end"]
    assert parsed["subject"] == "Grüße"
    assert b"blind" not in message.data


def test_a_shell_script(relayed):
    """As cron does it: -t is not given, From comes with a bare name."""
    script = (f'{relayed.command} -FCronDaemon -i -odi -oem root <<.\n'
              'From: root (Cron Daemon)\nTo: root\nSubject: Cron <x> y\n\n'
              'out\n.\n.\n')
    caller(relayed, ["sh", "-ec", script])
    message = arrived(relayed)
    assert message.recipients == ["root@example.org"]
    assert field(message.data, "from") == [
        "root@example.org (Cron Daemon)"]
    assert body(message.data) == b"out\r\n"


def test_a_large_pipe_from_a_program(relayed):
    caller(relayed, ["sh", "-ec",
                     f'(echo "To: {ONE}"; echo; seq 100000) | '
                     f'{relayed.command} -t -i'])
    message = arrived(relayed)
    assert body(message.data) == b"".join(
        b"%d\r\n" % number for number in range(1, 100001))
