"""git send-email, which reads the patches that it sends from files."""

import pytest

import letter
from harness import field

ONE, TWO = "one@example.net", "two@example.net"


@pytest.fixture
def repository(caller, need):
    need("git", "send-email", "--dump-aliases")
    need("perl", "-MMail::Address", "-e", "1")
    path = caller.directory / "repository"
    caller.environment.update(
        GIT_AUTHOR_NAME="Jörg Author", GIT_AUTHOR_EMAIL="author@example.com",
        GIT_COMMITTER_NAME="C", GIT_COMMITTER_EMAIL="c@example.com",
        GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null")
    caller.call(["git", "init", "-q", path])
    (path / "file").write_text(".\n..\ngr\u00fc\u00dfe\n")
    caller.call(["git", "-C", path, "add", "file"])
    caller.call(["git", "-C", path, "commit", "-q", "-m",
                 "file: add it\n\nA body."])
    return path


def test_git_send_email(caller, repository):
    caller.call([
        "git", "-C", repository, "-c",
        f"sendemail.sendmailCmd={caller.command}", "send-email", "--quiet",
        "--confirm=never", "--from=me@example.com", f"--to={ONE}",
        f"--cc={TWO}", "--suppress-cc=all", "--envelope-sender=b@example.com",
        "--8bit-encoding=UTF-8", "-1"])
    message = caller.arrived()
    assert message.sender == "b@example.com"
    assert message.recipients == [ONE, TWO]
    assert message.data.count(b"\r\n+.\r\n+..\r\n") == 1
    assert "+grüße\r\n".encode() in message.data
    assert field(message.data, "subject") == ["[PATCH] file: add it"]
    assert message.parameters.get("BODY") == "8BITMIME"


def test_git_send_email_by_smtp_server(caller, repository):
    """A series: a thread in which each patch has recipients of its own."""
    (repository / "file").write_text("short\n" + "long " * 400 + "\n")
    caller.call(["git", "-C", repository, "commit", "-q", "-a", "-m",
                 "file: a long line\n\nCc: Two <two@example.net>"])
    caller.call([
        "git", "-C", repository, "send-email", "--quiet",
        f"--smtp-server={caller.wrapper}", "--confirm=never", "--validate",
        "--from=me@example.com", f"--to={ONE}", "--bcc=blind@example.net",
        "--suppress-cc=author", "--8bit-encoding=UTF-8",
        "--transfer-encoding=quoted-printable", "-2", "--root"])
    first, second = sorted(caller.arrivals(),
                           key=lambda each: letter.parse(each)["subject"])
    assert first.recipients == [ONE, "blind@example.net"]
    assert second.recipients == [ONE, TWO, "blind@example.net"]
    assert letter.parse(first)["subject"] == "[PATCH 1/2] file: add it"
    assert letter.parse(second)["in-reply-to"] == \
        letter.parse(first)["message-id"]
    assert "+" + "long " * 400 in letter.text(letter.parse(second))
