"""Shell scripts that pipe a message into sendmail."""

from harness import body, field


def test_a_script_without_t(caller):
    """As cron does it: -t is not given, From comes with a bare name."""
    script = (f'{caller.command} -FCronDaemon -i -odi -oem root <<.\n'
              'From: root (Cron Daemon)\nTo: root\nSubject: Cron <x> y\n\n'
              'out\n.\n.\n')
    caller.call(["sh", "-ec", script])
    message = caller.arrived()
    assert message.recipients == ["root@example.org"]
    assert field(message.data, "from") == [
        "root@example.org (Cron Daemon)"]
    assert body(message.data) == b"out\r\n"


def test_a_large_pipe_from_a_program(caller):
    caller.call(["sh", "-ec",
                 f'(echo "To: one@example.net"; echo; seq 100000) | '
                 f'{caller.command} -t -i'])
    message = caller.arrived()
    assert body(message.data) == b"".join(
        b"%d\r\n" % number for number in range(1, 100001))


def test_swaks(caller, need):
    """The tester of mail servers, on a pipe: it ignores SIGCHLD."""
    need("swaks", "--version")
    result = caller.call([
        "swaks", "--pipe", f"{caller.wrapper} -bs", "--from", "a@example.com",
        "--to", "one@example.net,two@example.net", "--pipeline",
        "--header", "Subject: x", "--body", ".\n..\nend\n"])
    assert "250 " in result.stdout
    message = caller.arrived()
    assert message.sender == "a@example.com"
    assert message.recipients == ["one@example.net", "two@example.net"]
    assert body(message.data).startswith(b".\r\n..\r\nend\r\n")
