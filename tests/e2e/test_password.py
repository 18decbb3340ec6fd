"""Where the password comes from, and when it is looked for again."""

import base64
import os
import pathlib
import time

import pytest

from harness import PASSWORD, USER, environment, sanitized, wait_until

ONE = "one@example.net"


@pytest.fixture
def command(site):
    """Sets password-command to a script that notes each time it is run."""
    runs = site.directory / "runs"

    def make(*lines):
        script = site.directory / "command"
        script.write_text("\n".join(("#!/bin/sh", f"echo $$ >>{runs}",
                                     *lines, "")))
        script.chmod(0o700)
        site.configure(password_file=None, password_command=f"{script} x # y")
        return lambda: len(runs.read_text().split()) if runs.exists() else 0

    return make


def relayed(site, host, count=1):
    status, log = site.flush()
    assert status == 0, log.text()
    assert len(host.messages) == count
    return log


def stuck(site, host, pattern):
    """One attempt that does not come as far as to a connection."""
    site.submit(ONE)
    before = site.spool.fingerprint()
    status, log = site.flush()
    assert status == 75
    assert len(log.lines(f"cannot send: no password: {pattern}")) == 1, \
        log.text()
    assert site.spool.fingerprint() == before
    assert host.sessions == []
    return log


# password-command

def test_the_first_line_of_its_output(site, host, command):
    command(f"echo '{PASSWORD}'", "echo more", "echo noise >&2")
    site.submit(ONE)
    relayed(site, host)


def test_it_is_run_once_for_a_session(site, host, command):
    runs = command(f"echo '{PASSWORD}'")
    site.configure(connections=1)
    for _ in range(20):
        site.submit(ONE)
    relayed(site, host, 20)
    assert len(host.sessions) == 1 and runs() == 1
    site.submit(ONE)
    relayed(site, host, 21)
    assert len(host.sessions) == 2 and runs() == 2


def test_it_is_run_again_when_what_it_gave_was_refused(site, host, command):
    runs = command(f"[ $(wc -l <{site.directory}/runs) -gt 2 ] &&",
                   f"echo '{PASSWORD}' || echo expired")
    flusher = site.flusher()
    site.submit(ONE)
    wait_until(lambda: host.messages, "the message")
    assert runs() == 3
    assert [each.accepted for each in host.attempts] == [False, False, True]
    assert "expired" not in flusher.log.text()


@pytest.mark.parametrize("lines, pattern", [
    (["echo secret; exit 3"], "password-command .*: exit status 3; mend it"),
    (["echo the vault is sealed >&2", "exit 1"],
     "password-command .*: exit status 1: the vault is sealed;"),
    (["kill -9 $$"], "password-command .*: (killed by signal 9|"
                     "exit status 137)"),
    (["exit 0"], "password-command .*: has no password in its first line"),
    (["echo", f"echo '{PASSWORD}'"], ".*: has no password in its first line"),
    (["printf 'a\\0b'"], ".*: has a NUL in its first line"),
    (["head -c 20000 /dev/zero | tr '\\0' x"],
     ".*: is too long for a password"),
    (["yes | tr -d '\\n' | head -c 5000000"],
     ".*: is too long for a password")])
def test_what_is_wrong_with_it(site, host, command, lines, pattern):
    command(*lines)
    log = stuck(site, host, pattern)
    assert "secret" not in log.text()


def test_one_that_does_not_exist(site, host):
    site.configure(password_file=None, password_command="/nonexistent/vault")
    stuck(site, host, "password-command /nonexistent/vault: exit status 127: "
          ".*not found")


def test_one_that_does_not_end(site, host, command):
    """It is killed, and so is what it has started."""
    command(f"sleep 1000 & echo $! >{site.directory}/child", "wait")
    site.configure(timeout="1s")
    stuck(site, host, ".*: timed out after 1 s")
    child = pathlib.Path(f"/proc/{(site.directory / 'child').read_text()[:-1]}")
    wait_until(lambda: not child.exists(), "the end of the child")


def test_the_agent_leaves_and_so_does_the_command(site, host, command):
    runs = command("exec sleep 1000")
    flusher = site.flusher()
    site.submit(ONE)
    wait_until(runs, "the command")
    pid = (site.directory / "runs").read_text().strip()
    begun = time.monotonic()
    assert flusher.stop() == 0
    assert time.monotonic() - begun < 20
    assert "timed out" not in flusher.log.text()
    wait_until(lambda: not pathlib.Path(f"/proc/{pid}").exists(),
               "the end of the command")


def test_its_surroundings(site, host, command):
    """Nothing to read, no descriptor of ours, the flusher's environment."""
    command(f"exec >{site.directory}/seen",
            "readlink /proc/$$/fd/0; ls /proc/$$/fd | sort -n | tail -n 2",
            "echo $LANG")
    stuck(site, host, ".*: has no password in its first line")
    seen = (site.directory / "seen").read_text().split()
    assert seen[0] == "/dev/null" and "3" not in seen
    assert seen[-1] == environment()["LANG"]


def test_not_beside_a_password_file(site, host):
    site.configure(password_command="echo x")
    result = site.ctl("config")
    assert result.status == 78
    assert "password-file and password-command are both set" in result.stderr


# Credentials of systemd

@pytest.fixture
def credentials(site, host, monkeypatch):
    directory = site.directory / "credentials"
    directory.mkdir(mode=0o700)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(directory))
    monkeypatch.setattr("harness.environment", lambda **extra: environment(
        CREDENTIALS_DIRECTORY=str(directory), **extra))
    site.configure(password_file=None)
    return directory / "password"


@pytest.mark.parametrize("mode", [0o400, 0o440, 0o600])
def test_a_credential_is_found(site, host, credentials, mode):
    """0440 is what an access control list looks like."""
    if mode & 0o040 and os.geteuid() != 0:
        pytest.skip("root owns it then")
    credentials.write_text(PASSWORD + "\n")
    credentials.chmod(mode)
    site.submit(ONE)
    relayed(site, host)


@pytest.mark.parametrize("mode", [0o404, 0o444])
def test_a_credential_that_all_can_read(site, host, credentials, mode):
    credentials.write_text(PASSWORD + "\n")
    credentials.chmod(mode)
    stuck(site, host, f"credential {credentials}: can be read by others")


def test_a_credential_that_the_group_of_a_user_can_read(site, host,
                                                        credentials, root):
    credentials.write_text(PASSWORD + "\n")
    credentials.chmod(0o440)
    os.chown(credentials, 65534, 65534)
    stuck(site, host, f"credential {credentials}: can be read by others")


def test_without_a_credential_the_file_is_read(site, host, credentials):
    stuck(site, host, "password-file .*/onehop/password: No such file")


def test_a_password_file_comes_first(site, host, credentials):
    credentials.write_text("another\n")
    credentials.chmod(0o400)
    site.configure(password_file=site.password)
    site.submit(ONE)
    relayed(site, host)


def test_a_command_comes_first(site, host, credentials, command):
    credentials.write_text("another\n")
    credentials.chmod(0o400)
    command(f"echo '{PASSWORD}'")
    site.submit(ONE)
    relayed(site, host)


# Afterwards

def memory(pid):
    """All that a process has in memory and can write."""
    found = b""
    with open(f"/proc/{pid}/mem", "rb") as mem, \
            open(f"/proc/{pid}/maps", encoding="ascii") as maps:
        for line in maps:
            area, mode, *_ = line.split()
            if "w" not in mode:
                continue
            begin, end = (int(word, 16) for word in area.split("-"))
            mem.seek(begin)
            try:
                found += mem.read(end - begin)
            except OSError:
                continue
    return found


@pytest.mark.parametrize("source", ["file", "command"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5",
                                       "SCRAM-SHA-256", "XOAUTH2"])
def test_the_password_is_wiped(site, smarthost, command, root, mechanism,
                               source):
    """Neither it nor how it was sent is in memory after authentication."""
    if sanitized():
        pytest.skip("what was freed stays in the sanitizer's quarantine")
    password = "Lesser-Spotted-" * 200 if mechanism == "XOAUTH2" \
        else "Lesser-Spotted-Woodpecker"
    host = smarthost(mechanisms=mechanism, password=password)
    site.use(host, auth=mechanism, idle_timeout="1m")
    site.set_password(password)
    if source == "command":
        command(f"echo {password}")
    flusher = site.flusher()
    site.submit(ONE)
    wait_until(lambda: host.messages, "the message")
    [agent] = flusher.agents()
    seen = memory(agent)
    assert USER.encode() in seen and b"Spotted" not in seen
    for part in (b"Lesser-Spotted-", b"xLesser-Spotted-", b"xyLesser-Spotted-"):
        assert base64.b64encode(part)[4:16] not in seen
