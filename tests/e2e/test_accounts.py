"""Who the caller is: by /etc/passwd, or by what else the system asks.

sendmail may be static, and then leaves the second to its twin.
"""

import contextlib
import grp
import os
import pathlib
import shutil
import subprocess

import pytest

import accounts
import harness
from harness import environment, field, program, run

ONE = "one@example.net"
TEXT = b"Subject: x\n\nx\n"
NOBODY_KNOWS = 54322
TWIN = "onehop-sendmail"


@pytest.fixture
def public(site, open_directory):
    """The site in a directory where anybody may work, and the programs."""
    path = open_directory / "site"
    path.mkdir()
    site.directory = path
    site.configuration = path / "onehop.conf"
    site.spool = harness.Spool(path / "spool")
    site.configure(spool=site.spool.path)
    site.submit(ONE)
    site.spool.only().unlink()
    for name in ("tmp", "new"):
        (site.spool.path / name).chmod(0o1777)
    return site


@pytest.fixture
def static():
    if not os.access(program(TWIN), os.X_OK):
        pytest.skip("sendmail is not static in this build")


def call(account, site, *arguments, text=TEXT, uid=None, **options):
    options.setdefault("cwd", "/")
    return run(account.command(program("sendmail"), "-C",
                               str(site.configuration), *arguments, uid=uid),
               text, **options)


def from_field(site):
    return field(site.spool.message(), "from")


def test_the_name_service_is_asked(public, elsewhere):
    result = call(elsewhere, public, ONE)
    assert (result.status, result.stdout, result.stderr) == (0, "", "")
    entry = public.spool.entry()
    assert entry.sender == "elsewhere@example.org"
    assert from_field(public) == ["Else Where <elsewhere@example.org>"]
    assert entry.message.endswith(b"\r\n\r\nx\r\n")


@pytest.mark.parametrize("settings, status", [
    ({"submit_users": "elsewhere"}, 0), ({"submit_users": "other"}, 77),
    ({"deny_users": "elsewhere"}, 77), ({"deny_users": "54321"}, 77),
    ({"deny_users": "other"}, 0)])
def test_who_may_send(public, elsewhere, settings, status):
    public.configure(**settings)
    assert call(elsewhere, public, ONE).status == status


def test_options_and_stdin_are_the_same(public, elsewhere):
    text = b"From: a@example.org\nTo: b@example.net\n\n.\n..x\n"
    result = call(elsewhere, public, "-t", "-i", "-f", "c@example.org", "-v",
                  text=text)
    assert result.status == 0 and result.stdout.startswith("queued as ")
    entry = public.spool.entry()
    assert (entry.sender, entry.recipients) == ("c@example.org",
                                                ["b@example.net"])
    assert entry.message.endswith(b"\r\n\r\n.\r\n..x\r\n")


def test_whom_nobody_knows(public, elsewhere):
    result = call(elsewhere, public, ONE, uid=NOBODY_KNOWS)
    assert (result.status, result.stderr) == (0, "")
    assert from_field(public) == [f"{NOBODY_KNOWS}@example.org"]


def test_a_mistake_in_the_configuration_is_logged_once(public, elsewhere,
                                                       syslog):
    with open(public.configuration, "a", encoding="ascii") as file:
        file.write("mistake\n")
    assert call(elsewhere, public, ONE).status == 0
    assert len([line for line in syslog() if "mistake" in line]) == 1


def test_the_log_names_the_caller_not_a_program_of_ours(public, elsewhere,
                                                        syslog):
    assert call(elsewhere, public, ONE).status == 0
    [line] = [line for line in syslog() if "uid=54321" in line]
    assert "sendmail" not in line.partition("uid=")[2]


def test_without_its_twin_sendmail_takes_the_message(public, elsewhere, static,
                                                     syslog):
    result = call(elsewhere, public, ONE, env=environment(
        ONEHOP_LIBEXECDIR=str(public.directory)))
    assert (result.status, result.stderr) == (0, "")
    assert from_field(public) == ["54321@example.org"]
    [line] = [line for line in syslog() if "warning" in line]
    assert f"{public.directory}/{TWIN}" in line and "54321" in line


# A file that is longer than one read

def lines(count):
    return "".join(f"user{number}:x:{number}:100:User {number}:/:/bin/sh\n"
                   for number in range(100000, 100000 + count))


@pytest.mark.parametrize("end", ["\n", ""])
@pytest.mark.parametrize("count", [0, 1, 77, 78, 79, 80, 500])
def test_an_account_after_many(public, elsewhere, count, end):
    file = public.directory / "passwd"
    file.write_text(f"root:x:0:0::/:/bin/sh\n+::::::\n{lines(count)}"
                    f"last:x:{NOBODY_KNOWS}:100:Last & One:/:/bin/sh{end}")
    with accounts.in_place_of("/etc/passwd", file):
        result = call(elsewhere, public, ONE, uid=NOBODY_KNOWS,
                      env=environment(ONEHOP_LIBEXECDIR="/nonexistent"))
    assert (result.status, result.stderr) == (0, "")
    assert from_field(public) == ["Last Last One <last@example.org>"]


def test_passwd_comes_first(public, elsewhere):
    file = public.directory / "passwd"
    file.write_text(f"first:x:{elsewhere.uid}:100:First:/:/bin/sh\n")
    with accounts.in_place_of("/etc/passwd", file):
        assert call(elsewhere, public, ONE).status == 0
    assert from_field(public) == ["First <first@example.org>"]


# The group of the spool

def configured(variable):
    """What the programs were configured with, such as libexecdir."""
    result = run(["make", "-s", "-C", str(harness.BUILD), "--eval",
                  f"print-it: ; @echo $({variable})", "print-it"])
    assert result.status == 0
    return pathlib.Path(result.stdout.strip())


@contextlib.contextmanager
def own(directory):
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs",
                    str(directory)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(directory)], check=True)


@contextlib.contextmanager
def emptied(*directories):
    """While this lasts they are ours to fill, and so is what is in them."""
    tops = {next(path for path in (directory, *directory.parents)
                 if path.is_dir()) for directory in directories}
    if pathlib.Path("/") in tops:
        pytest.skip(f"cannot have all of {directories}")
    with contextlib.ExitStack() as stack:
        for top in sorted(tops):
            if top.is_dir():
                stack.enter_context(own(top))
        for directory in directories:
            directory.mkdir(parents=True, exist_ok=True)
        yield


@pytest.fixture
def installed(elsewhere, static):
    """Both programs where they belong, and a spool for their group alone."""
    places = [configured(name) for name in ("libexecdir", "sbindir",
                                            "spooldir")]
    with emptied(*places):
        libexec, sbin, spool = places
        shutil.copy(program(TWIN), libexec)
        sendmail = shutil.copy(program("sendmail"), sbin)
        spool.rmdir()
        assert run([sendmail, ONE], TEXT).status == 0
        harness.Spool(spool).only().unlink()
        group = grp.getgrnam("daemon").gr_gid
        for name in ("tmp", "new"):
            os.chown(spool / name, -1, group)
            (spool / name).chmod(0o3770)
        os.chown(sendmail, -1, group)
        os.chmod(sendmail, 0o2755)
        yield sendmail, harness.Spool(spool), group


def test_the_twin_has_the_group(elsewhere, installed):
    sendmail, spool, group = installed
    result = run(elsewhere.command(sendmail, ONE), TEXT, cwd="/")
    assert (result.status, result.stdout, result.stderr) == (0, "", "")
    [sender] = field(spool.message(), "from")
    assert sender.startswith("Else Where <elsewhere@")
    status = spool.only().stat()
    assert (status.st_uid, status.st_gid) == (elsewhere.uid, group)


def test_the_twin_with_the_group_is_not_the_callers_to_choose(
        open_directory, elsewhere, installed):
    sendmail, spool, _ = installed
    twin = open_directory / TWIN
    twin.write_text("#!/bin/sh\necho evil\n")
    twin.chmod(0o755)
    result = run(elsewhere.command(sendmail, ONE), TEXT, cwd="/",
                 env=environment(ONEHOP_LIBEXECDIR=str(open_directory)))
    assert (result.status, result.stdout, result.stderr) == (0, "", "")
    assert len(spool.files()) == 1


def test_the_twin_loads_nothing_of_the_callers(open_directory, elsewhere,
                                               installed):
    """The kernel has it that the group is not the caller's (AT_SECURE)."""
    sendmail, spool, _ = installed
    log = open_directory / "log"
    log.mkdir(mode=0o777)
    log.chmod(0o777)
    result = run(elsewhere.command(
        "env", "LD_DEBUG=all", f"LD_DEBUG_OUTPUT={log}/x",
        f"LD_PRELOAD={open_directory}/no.so", sendmail, ONE), TEXT, cwd="/")
    assert (result.status, result.stdout, result.stderr) == (0, "", "")
    assert list(log.iterdir()) == []
    assert len(spool.files()) == 1


def test_C_gives_the_group_up_in_the_twin_too(public, elsewhere, installed):
    sendmail, spool, _ = installed
    public.configure(spool=spool.path)
    result = run(elsewhere.command(sendmail, "-C", str(public.configuration),
                                   ONE), TEXT, cwd="/")
    assert result.status == 75
    assert spool.files() == []
