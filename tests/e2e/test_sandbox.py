"""What an agent or a flusher can do that has been taken over: very little.

compromised.c is an agent that tries. Its attempts have to work before its
pledge, or they would show nothing; and the session goes on after it."""

import ctypes
import errno
import os
import pathlib
import platform
import re
import shutil
import signal
import socket
import subprocess
import sys

import pytest

from harness import (BUILD, PASSWORD, Site, children, command_name,
                     environment, program, wait_until)
from script import hang

ONE = "one@example.net"
NOBODY = 65534
HERE = pathlib.Path(__file__).parent
CREATE_RULESET, VERSION = 444, 1
LANDLOCK_CALLS = ("444", "445", "446")
SECCOMP_CALL = {"x86_64": "317", "aarch64": "277"}

# What Landlock does alone, by the version of it that began to.
LANDLOCK = {
    1: {"file_read": "EACCES", "file_write": "EACCES",
        "file_create": "EACCES", "file_nameless": "EACCES",
        "file_again": "EACCES", "file_by_openat2": "EACCES",
        "file_rename": "EACCES", "file_link": "EACCES",
        "file_symlink": "EACCES", "file_unlink": "EACCES",
        "directory_read": "EACCES", "directory_make": "EACCES",
        "fifo_make": "EACCES", "program_run": "EACCES",
        "memory_of_parent": "EACCES", "trace_parent": "EPERM"},
    3: {"file_truncate": "EACCES"},
    4: {"connect_tcp": "EACCES", "bind_tcp": "EACCES"},
    6: {"connect_abstract": "EPERM", "signal_parent": "EPERM"}}

# Before the pledge these need root, or what not every kernel has or allows.
DEPENDS = {"trace_parent", "memory_of_parent", "memory_of_others",
           "namespace_new", "file_system_mounted", "connect_fast", "io_ring",
           "page_faults", "kernel_program", "keys", "foreign_call"}


def landlock():
    """The version of Landlock that this kernel has, or 0."""
    call = ctypes.CDLL(None).syscall
    return max(0, call(CREATE_RULESET, None, 0, VERSION))


@pytest.fixture
def sandbox():
    header = (BUILD / "config.h").read_text()
    if not all(f"#define ONEHOP_{name} 1" in header
               for name in ("LANDLOCK", "SECCOMP")):
        pytest.skip("built without the sandbox, as for sanitizers")
    if landlock() < 2:
        pytest.skip("this kernel has no Landlock, or the first")


@pytest.fixture
def outside(site):
    """A directory beside the spool, with a file in it."""
    outside = site.directory / "outside"
    outside.mkdir()
    (outside / "file").write_text("as it was\n")
    return outside


def attempts(log, *keys):
    """{NAME: error} of the lines "attempt KEYS NAME ERRNO"."""
    pattern = " ".join(["^attempt", *keys, r"(\w+) (\d+)$"])
    found = (re.search(pattern, line) for line in log.lines(pattern))
    return {match[1]: errno.errorcode.get(int(match[2]), int(match[2]))
            for match in found}


def status_of(pid, field):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"^{field}:\s+(\d+)", text, re.MULTILINE)[1])


def end(flusher, agent):
    """The agent first, which would go on waiting for its smarthost."""
    os.kill(agent, signal.SIGKILL)
    flusher.stop()


# The agent

@pytest.fixture
def taken_over(site, host, outside, sandbox):
    """Relays a message by compromised.c: (what of before, after, the log).

    With a password-command the flusher holds nothing back from it."""
    subprocess.run(["make", "-s", "-C", str(BUILD), "tests/sandbox/compromised"],
                   check=True, stdout=subprocess.DEVNULL)
    programs = site.directory / "programs"
    programs.mkdir()
    (programs / "onehop-smtp").symlink_to(BUILD / "tests/sandbox/compromised")
    site.configure(password_file=None,
                   password_command=f"echo '{PASSWORD}'", connections=1)

    def relay(status=0, **environment):
        words = [f"{name}={value}" for name, value in environment.items()]
        site.submit(ONE)
        flusher = site.flusher("-q", prefix=[
            "env", f"ONEHOP_LIBEXECDIR={programs}",
            f"ONEHOP_TARGET={outside}", *words])
        assert flusher.wait() == status, flusher.log.text()
        assert len(host.messages) == (status == 0)
        before = attempts(flusher.log, "before")
        assert {name for name, error in before.items() if error} <= DEPENDS
        after = attempts(flusher.log, "after")
        assert after.keys() == before.keys() - {"foreign_call"}
        return before, after, flusher.log

    return relay


def test_an_agent_can_do_nothing_but_relay(taken_over):
    _, after, _ = taken_over()
    assert len(after) > 50 and set(after.values()) == {"EPERM"}, after


def test_the_filter_alone_holds(taken_over):
    _, after, _ = taken_over(ONEHOP_WITHOUT="landlock")
    assert set(after.values()) == {"EPERM"}, after


def test_landlock_alone_holds(taken_over):
    """Where the filter is not there, or has a hole."""
    expected = {name: error for version, names in LANDLOCK.items()
                for name, error in names.items() if version <= landlock()}
    _, after, _ = taken_over(ONEHOP_WITHOUT="seccomp")
    assert {name: after[name] for name in expected} == expected


def test_calls_of_another_architecture_end_it(site, taken_over, host):
    before, _, log = taken_over(status=75, ONEHOP_FOREIGN=1)
    if before["foreign_call"]:
        pytest.skip("this kernel has no calls of another architecture")
    assert log.lines(f"onehop-smtp died of signal {signal.SIGSYS.value}")
    assert site.flush()[0] == 0 and len(host.messages) == 1


def test_what_an_agent_has_open(site, smarthost, sandbox, root):
    """The flusher, the smarthost, and messages that it can read."""
    host = smarthost(script={"data": hang()})
    site.use(host)
    site.submit(ONE)
    flusher = site.flusher()
    flusher.log.wait_for("queue active")
    agent, = flusher.agents()
    directory = pathlib.Path(f"/proc/{agent}/fd")
    message, = site.spool.files("new")
    wait_until(lambda: message in [
        pathlib.Path(os.readlink(path)) for path in directory.iterdir()],
        "a message in the agent")
    found = {int(path.name): os.readlink(path)
             for path in directory.iterdir() if int(path.name) > 2}
    sockets = [name for name in found.values() if name.startswith("socket:")]
    files = [fd for fd, name in found.items() if name not in sockets]
    assert len(sockets) == 2 and len(files) == 1, found
    for fd in files:
        info = pathlib.Path(f"/proc/{agent}/fdinfo/{fd}").read_text()
        flags = int(re.search(r"flags:\s+(\d+)", info)[1], 8)
        assert found[fd] == str(message)
        assert flags & os.O_ACCMODE == os.O_RDONLY
    assert (status_of(agent, "NoNewPrivs"), status_of(agent, "Seccomp")) == (
        1, 2)
    end(flusher, agent)


def test_a_check_is_confined_too(site, smarthost, sandbox, root):
    """Before the smarthost has said anything; stdout, stderr and it are open."""
    host = smarthost(script={"greeting": hang()})
    site.use(host)
    with subprocess.Popen([program("onehopctl"), "-C",
                           str(site.configuration), "check"],
                          stdout=subprocess.DEVNULL,
                          env=environment()) as check:
        agent, = wait_until(lambda: [
            pid for pid in children(check.pid)
            if command_name(pid) == "onehop-smtp"], "an agent")
        wait_until(lambda: status_of(agent, "Seccomp") == 2, "a sandbox")
        assert status_of(agent, "NoNewPrivs") == 1
        found = [os.readlink(path) for path in
                 pathlib.Path(f"/proc/{agent}/fd").iterdir()
                 if int(path.name) > 2]
        assert [name.partition(":")[0] for name in found] in (
            ["socket"], ["socket", "socket"])   # the second is the log's
        os.kill(agent, signal.SIGKILL)
        assert check.wait() == 69


def test_no_other_process_of_its_user_looks_into_an_agent(
        open_directory, certificates, smarthost, sandbox, root):
    """proc(5) has what is root's in a process that others may not trace."""
    site = Site(open_directory, certificates)
    site.use(smarthost("none", user=None, script={"mail": hang()}))
    shutil.copy(program("onehop-smtp"), open_directory)
    site.submit(ONE)
    subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}",
                    str(site.spool.path)], check=True)
    flusher = site.flusher(prefix=[
        "env", f"ONEHOP_LIBEXECDIR={open_directory}"])
    flusher.log.wait_for("queue active")
    agent, = flusher.agents()
    assert status_of(agent, "Seccomp") == 2
    assert os.stat(f"/proc/{agent}/environ").st_uid == 0
    assert status_of(agent, "Uid") == NOBODY
    end(flusher, agent)


def test_an_agent_goes_on_logging(site, host, syslog):
    site.configure(log="syslog")
    site.submit(ONE)
    assert site.flush()[0] == 0
    assert [line for line in syslog()
            if re.match(r"onehop/smtp\[\d+\]: TLS connection ", line)]


def test_the_configuration_of_openssl_counts(site, smarthost):
    """It is read before the pledge, even if no TLS makes OpenSSL read it."""
    host = smarthost("none", mechanisms="CRAM-MD5")
    site.use(host)
    file = site.directory / "openssl.cnf"
    file.write_text("openssl_conf = a\n[a]\nalg_section = b\n[b]\n"
                    "default_properties = fips=yes\n")
    site.submit(ONE)
    flusher = site.flusher("-q", prefix=["env", f"OPENSSL_CONF={file}"])
    assert flusher.wait() == 75 and host.messages == [], flusher.log.text()
    assert site.flush()[0] == 0 and len(host.messages) == 1


# The flusher

def harm(site, outside, directory, name):
    """An environment that has a flusher start harm.py in place of that."""
    script = site.directory / "programs" / name
    script.parent.mkdir()
    script.write_text(f"#!/bin/sh\nexec {sys.executable} {HERE}/harm.py "
                      f"{site.spool.path} {outside}\n")
    script.chmod(0o755)
    return ["env", f"{directory}={script.parent}"]


def check_harm(log, outside):
    found = attempts(log)
    allowed = {name for name in found if name.startswith("may_")}
    assert {found[name] for name in allowed} == {0}, found
    refused = {found[name] for name in found.keys() - allowed}
    assert len(found) == 23 and refused <= {"EACCES", "EXDEV"}, found
    assert os.listdir(outside) == ["file"]
    assert (outside / "file").read_text() == "as it was\n"


def test_what_the_flusher_starts_writes_in_the_spool_only(
        site, host, outside, sandbox):
    site.submit(ONE)
    flusher = site.flusher(prefix=harm(
        site, outside, "ONEHOP_LIBEXECDIR", "onehop-smtp"))
    flusher.log.wait_for("attempt device")
    assert status_of(flusher.pid, "NoNewPrivs") == 1
    assert flusher.log.lines("not confined") == []
    flusher.stop()
    check_harm(flusher.log, outside)


def test_a_helper_writes_in_the_spool_only(site, outside, sandbox):
    flusher = site.flusher(prefix=harm(
        site, outside, "ONEHOP_SBINDIR", "sendmail"))
    path = str(site.spool.path / "submit")
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as caller:
        wait_until(lambda: caller.connect_ex(path) == 0, "the socket")
        flusher.log.wait_for("attempt device")
    flusher.stop()
    check_harm(flusher.log, outside)


def test_a_password_command_may_write(site, host, outside, sandbox):
    site.configure(password_file=None, password_command=(
        f"echo {PASSWORD!r} | tee {outside}/token"))
    site.submit(ONE)
    assert site.flush()[0] == 0
    assert (outside / "token").read_text() == PASSWORD + "\n"


def test_a_password_command_takes_a_restart(site, host, outside, sandbox):
    flusher = site.flusher()
    wait_until((site.spool.path / "submit").exists, "the socket")
    site.configure(password_file=None, password_command=(
        f"echo {PASSWORD!r} | tee {outside}/token"))
    flusher.signal(signal.SIGHUP)
    flusher.log.wait_for("until a restart, password-command cannot write")
    site.submit(ONE)
    flusher.log.wait_for("no password: .*/token: Permission denied")
    flusher.stop()
    assert not (outside / "token").exists() and host.messages == []
    assert site.flush()[0] == 0


# Kernels that have less

@pytest.mark.parametrize("lacking, said", [
    (LANDLOCK_CALLS, "Landlock"),
    ([SECCOMP_CALL.get(platform.machine())], "seccomp"),
    ([*LANDLOCK_CALLS, SECCOMP_CALL.get(platform.machine())],
     "Landlock and seccomp")])
def test_a_kernel_without_it(site, host, sandbox, lacking, said):
    """Then all is as it was before there was a sandbox, and is said once."""
    site.submit(ONE)
    flusher = site.flusher(prefix=[sys.executable, str(HERE / "lacking.py"),
                                   *lacking, "--"])
    wait_until(lambda: host.messages, "the message")
    flusher.stop()
    lines = flusher.log.lines("not confined")
    assert f"agents are not confined in full: no {said} here" in lines[0]
    assert len(lines) == 1 + ("Landlock" in said)
    assert all("to the spool: Function not" in line for line in lines[1:])
