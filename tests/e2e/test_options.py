"""The modes that options ask for, and what options must not let a caller do."""

import grp
import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest

from harness import (PATIENCE, SOURCE, environment, program, run, sanitized,
                     wait_until)

ONE, TWO = "one@example.net", "two@example.net"
TEXT = b"Subject: test\n\ntext\n"


def alone(site, *arguments, **options):
    """Runs sendmail in a mode without a message: it must not read any."""
    path = site.directory / "message"
    path.write_bytes(TEXT)
    with open(path, "rb") as message:
        result = site.sendmail(*arguments, input=message, **options)
        assert os.lseek(message.fileno(), 0, os.SEEK_CUR) == 0
    return result


def called(site, name, *arguments, **options):
    """Runs sendmail by another name, as a link to it would."""
    link = site.directory / name
    link.symlink_to(program("sendmail"))
    return run([str(link), *arguments], **options)


# -v

def test_v_names_the_id(site):
    result = site.sendmail("-v", ONE)
    assert (result.status, result.stderr) == (0, "")
    [name] = site.spool.names("new")
    assert result.stdout == f"queued as {name}\n"


def test_v_on_a_pipe_that_nobody_reads(site):
    """The message is safe, so the status is 0."""
    read, write = os.pipe()
    os.close(read)
    process = subprocess.Popen(
        [program("sendmail"), "-C", str(site.configuration), "-v", ONE],
        stdin=subprocess.PIPE, stdout=write, env=environment(),
        restore_signals=True)
    os.close(write)
    process.communicate(TEXT, PATIENCE)
    assert process.returncode == 0
    assert len(site.spool.names("new")) == 1


# -bv

@pytest.mark.parametrize("words, lines", [
    (["a@example.net"], [("a@example.net", "a@example.net")]),
    (["root"], [("root", "root@example.org")]),
    (["A B <a@example.net>, b@example.net"],
     [("A B <a@example.net>", "a@example.net"),
      ("b@example.net", "b@example.net")]),
    (["-v", "--", "-dash@example.net"],
     [("-dash@example.net", "-dash@example.net")]),
])
def test_bv_prints_what_is_deliverable(site, words, lines):
    result = alone(site, "-bv", *words)
    assert (result.status, result.stderr) == (0, "")
    assert result.stdout == "".join(
        f"{text}... deliverable: mailer relay, user {address}\n"
        for text, address in lines)
    assert site.spool.names() == []


def test_bv_names_the_smarthost(site):
    site.configure(relay="smtps://smtp.example.com")
    assert alone(site, "-bv", ONE).stdout == (
        f"{ONE}... deliverable: mailer relay, host smtp.example.com, "
        f"user {ONE}\n")


def test_bv_goes_on_after_a_malformed_address(site):
    result = alone(site, "-bv", "a@", ONE, "|cmd", "x\ny@example.net")
    assert result.status == 65
    assert result.stdout.startswith(f"{ONE}... deliverable: ")
    assert result.stdout.count("\n") == result.stderr.count("\n") == 1
    assert re.match(r"sendmail: recipient 'a@': .*; recipient '\|cmd': .*; "
                    "recipient 'x", result.stderr)


@pytest.mark.parametrize("words", [[], [""], [" , "]])
def test_bv_without_an_address(site, words):
    result = alone(site, "-bv", *words)
    assert (result.status, result.stdout) == (64, "")
    assert result.stderr.startswith("sendmail: ")


# -bp, -bi, --help and names

@pytest.mark.parametrize("arguments", [["-bp"], ["-bpc"], ["-bp", "-Ac"],
                                       ["-b", "p", "-v"]])
def test_bp_is_mailq(site, arguments):
    site.submit(ONE)
    result = alone(site, *arguments)
    assert result == site.mailq()
    assert ONE in result.stdout


@pytest.mark.parametrize("arguments", [[], ["-j"], ["-Ac", "-v"]])
def test_a_link_mailq_is_mailq(site, arguments):
    site.submit(ONE)
    arguments = ["-C", str(site.configuration), *arguments]
    result = called(site, "mailq", *arguments)
    assert result == run([program("mailq"), *arguments])
    assert result.status == 0 and ONE in result.stdout


@pytest.mark.parametrize("arguments", [
    ["-bi"], ["-I"], ["-bi", "-v"], ["-bi", "-oA/etc/aliases"], ["-bi", ""]])
def test_bi_does_nothing_and_says_so_little(site, arguments):
    result = alone(site, *arguments)
    assert (result.status, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize("arguments", [[], [""], ["-Z", "a"]])
def test_a_link_newaliases_takes_anything(site, arguments):
    result = called(site, "newaliases", *arguments)
    assert (result.status, result.stdout, result.stderr) == (0, "", "")


def test_a_link_rmail_keeps_dots(site):
    result = called(site, "rmail", "-C", str(site.configuration), ONE,
                    input=b"Subject: x\n\na\n.\nb\n")
    assert (result.status, result.stdout, result.stderr) == (0, "", "")
    assert site.spool.message("new").endswith(b"\r\na\r\n.\r\nb\r\n")


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_and_version(site, argument):
    result = alone(site, argument)
    assert (result.status, result.stderr) == (0, "")
    assert "sendmail" in result.stdout


# -q and -bd

@pytest.mark.parametrize("argument", ["-q", "-qf", "-qRexample.net", "-q!I1",
                                      "-qSroot", "-qGmain"])
def test_q_wakes_the_flusher(site, smarthost, argument):
    site.use(smarthost())
    flusher = site.flusher()
    site.submit(ONE)
    flusher.log.wait_for("removed")
    result = alone(site, argument)
    assert (result.status, result.stdout, result.stderr) == (0, "", "")


def flusher_of(site):
    """The process ID of the onehop-flush with this configuration."""
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"onehop-flush") and \
                str(site.configuration).encode() in words:
            return int(path.parent.name)
    return None


@pytest.mark.parametrize("arguments", [["-bd"], ["-bd", "-q15m"], ["-q15m"],
                                       ["-L", "sm-mta", "-bd", "-q1h"]])
def test_bd_runs_the_queue_in_the_background(site, smarthost, arguments):
    host = smarthost()
    site.use(host)
    site.submit(ONE)
    # The parent must not wait for a descriptor that the daemon keeps.
    read, write = os.pipe()
    try:
        result = alone(site, *arguments, pass_fds=[write])
        assert (result.status, result.stdout, result.stderr) == (0, "", "")
        wait_until(lambda: not site.spool.names(), "an empty spool")
        os.close(write)
        os.set_blocking(read, False)
        assert os.read(read, 1) == b""
        assert site.sendmail("-q").status == 0
    finally:
        os.close(read)
        pid = flusher_of(site)
        assert pid is not None
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: flusher_of(site) is None, "the end of the daemon")
    assert len(host.messages) == 1


def test_bD_stays_in_the_foreground(site, smarthost):
    site.use(smarthost())
    site.submit(ONE)
    with subprocess.Popen([program("sendmail"), "-C", site.configuration,
                           "-bD"], stdin=subprocess.DEVNULL,
                          env=environment(), start_new_session=True,
                          stderr=subprocess.DEVNULL) as process:
        wait_until(lambda: not site.spool.names(), "an empty spool")
        process.terminate()
        assert process.wait(PATIENCE) == 0


def test_bd_takes_no_addresses(site):
    result = alone(site, "-bd", ONE)
    assert (result.status, result.stdout) == (64, "")
    assert ONE in result.stderr
    assert site.spool.names() == []


def as_nobody(site, directory, *command):
    """Runs a program of the build tree as an ordinary user."""
    try:
        result = run(list(command), TEXT, user="nobody", group="nogroup",
                     extra_groups=[], cwd=directory)
    except PermissionError:
        pytest.skip("the programs are out of reach for user nobody")
    if result.status == 127:
        pytest.skip("the libraries are out of reach for user nobody")
    return result


@pytest.fixture
def public(open_directory, root):
    """A configuration whose spool belongs to root."""
    (open_directory / "spool").mkdir(mode=0o711)
    (open_directory / "conf").write_text(
        f"spool {open_directory}/spool\ndomain example.org\n")
    return open_directory


@pytest.mark.parametrize("arguments", [["-bd"], ["-bD"], ["-q15m"],
                                       ["-bd", "-q15m"]])
def test_bd_is_not_for_everyone(site, public, arguments):
    result = as_nobody(site, public, program("sendmail"), "-C",
                       str(public / "conf"), *arguments)
    assert (result.status, result.stdout) == (64, "")
    assert re.fullmatch("sendmail: .*onehop-flush.*\n", result.stderr)


# The manual page

def test_the_manual_has_every_option():
    """And says of each what the program makes of it."""
    rows = re.findall(r"\{ '(.)', ARITY_\w+, LETTER_(\w+),",
                      (SOURCE / "src/sendmail/letter.c").read_text())
    assert len(rows) > 30
    said = {}
    page = (SOURCE / "man/sendmail.8").read_text()
    for names, what in re.findall(
            r"^\.It (Fl .*?) Ta (honoured|ignored|refused) Ta", page, re.M):
        for word in re.findall(r"(?:Fl|,) (?!Fl)([a-zA-Z]\w*)", names):
            said.setdefault(word[0], set()).add(what)
    for letter, effect in rows:
        word = {"IGNORED": "ignored", "REFUSED": "refused"}.get(
            effect, "honoured")
        assert word in said.get(letter, ()), f"-{letter} is {word}"
    assert set(said) - {"d"} <= {letter for letter, _ in rows}


# What options must not do

@pytest.fixture
def trap(site):
    """A directory in which nothing may be touched."""
    directory = site.directory / "trap"
    directory.mkdir()
    (directory / "file").write_text("secret\n")
    return directory


HARMLESS = [
    ["-X", "{}"], ["-X{}"], ["-L", "{}"], ["-p{}"], ["-h", "{}"],
    ["-B", "{}"], ["-Ac", "-e{}"], ["-A{}"], ["-E{}"], ["-J{}"],
    ["-oMr", "{}"], ["-oM{}"], ["-oA{}"], ["-oQ{}"], ["-oS{}"], ["-oH{}"],
    ["-oP{}"], ["-oX{}"], ["-oC{}"], ["-o", "Q{}"],
    ["-OQueueDirectory={}"], ["-O", "QueueDirectory={}"],
    ["-OAliasFile={}"], ["-OPidFile={}"], ["-OStatusFile={}"],
    ["-OHelpFile={}"], ["-ODeadLetterDrop={}"], ["-OForwardPath={}"],
    ["-OErrorHeader={}"], ["-OServiceSwitchFile={}"], ["-OHostsFile={}"],
    ["-OControlSocketName={}"], ["-OUserDatabaseSpec={}"],
    ["-OTrustedUser=root"], ["-ORunAsUser=root"], ["-U", "-oU{}"]]
REFUSED = [
    ["-D", "{}"], ["-D{}"], ["-d", "-X{}"], ["-d{}"], ["-d0-99.127"],
    ["-M", "{}"], ["-Mrm", "{}"], ["-Q{}"], ["-S{}"], ["-bI:{}"],
    ["-bt"], ["-bz{}"], ["-be", "{}"], ["-bS"], ["-bH"], ["-bF", "{}"]]


def traced(site, *arguments):
    """A run of sendmail, and the calls in it that name a file."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    if sanitized():
        pytest.skip("a sanitizer makes calls of its own")
    trace = site.directory / "trace"
    result = run(["strace", "-f", "-e", "trace=file,network,process", "-o",
                  str(trace), program("sendmail"), "-C",
                  str(site.configuration), *arguments], TEXT)
    if "ptrace" in result.stderr.lower():
        pytest.skip("this system does not allow tracing")
    calls = [re.match(r"\d+\s+(\w+)\((.*)", line)
             for line in trace.read_text().splitlines()]
    return result, [(call[1], call[2]) for call in calls if call]


def check_untouched(trap, calls):
    assert [path.name for path in trap.iterdir()] == ["file"]
    assert (trap / "file").read_text() == "secret\n"
    assert [text for name, text in calls
            if name != "execve" and str(trap) in text] == []
    assert len([name for name, _ in calls if name == "execve"]) == 1
    assert not {"fork", "vfork", "clone", "clone3"} & {
        name for name, _ in calls}


@pytest.mark.parametrize("name", ["new", "file"])
@pytest.mark.parametrize("option", HARMLESS, ids=" ".join)
def test_an_option_that_is_ignored_opens_nothing(site, trap, option, name):
    words = [word.format(trap / name) for word in option]
    result, calls = traced(site, *words, ONE)
    assert (result.status, result.stdout, result.stderr) == (0, "", "")
    assert site.spool.entry("new").recipients == [ONE]
    check_untouched(trap, calls)


@pytest.mark.parametrize("option", REFUSED, ids=" ".join)
def test_an_option_that_is_refused_opens_nothing(site, trap, option):
    words = [word.format(trap / "new") for word in option]
    result, calls = traced(site, *words, ONE)
    assert (result.status, result.stdout) == (64, "")
    assert re.fullmatch("sendmail: [^\n]+\n", result.stderr)
    assert site.spool.names() == []
    check_untouched(trap, calls)


@pytest.mark.parametrize("word", ["|touch {}", "{}", ":include:{}",
                                  '"|touch {}"', "\\|touch {}"])
@pytest.mark.parametrize("mode", ["-bm", "-bv"])
def test_a_word_opens_and_runs_nothing(site, trap, mode, word):
    result, calls = traced(site, mode, word.format(trap / "new"))
    assert result.status == 65
    check_untouched(trap, [call for call in calls if "write" not in call[0]])


# -C and the group of the spool

@pytest.fixture
def setgid(public):
    """An installed sendmail: setgid to the group that may write the spool."""
    group = grp.getgrnam("daemon").gr_gid
    spool = public / "spool"
    for name in ("tmp", "new"):
        (spool / name).mkdir()
        os.chown(spool / name, -1, group)
        (spool / name).chmod(0o3770)
    (public / "bin").mkdir()
    copy = shutil.copy(program("sendmail"), public / "bin")
    os.chown(copy, -1, group)
    os.chmod(copy, 0o2755)
    return public


def test_C_gives_the_group_up(site, setgid):
    """Nothing gets into a spool that the caller cannot write to."""
    command = [str(setgid / "bin/sendmail"), "-C", str(setgid / "conf"), ONE]
    assert run(command, TEXT).status == 0       # root may
    result = as_nobody(site, setgid, *command)
    assert result.status == 75
    assert len(list((setgid / "spool/new").iterdir())) == 1
    assert list((setgid / "spool/tmp").iterdir()) == []


def test_C_does_not_read_what_only_the_group_can(site, setgid):
    secret = setgid / "secret"
    secret.write_text("password-for-the-group\n")
    os.chown(secret, -1, grp.getgrnam("daemon").gr_gid)
    secret.chmod(0o640)
    result = as_nobody(site, setgid, str(setgid / "bin/sendmail"), "-C",
                       str(secret), "-bv", ONE)
    assert result.status == 0
    assert "password" not in result.stdout + result.stderr


@pytest.mark.parametrize("arguments", [["-bp"], ["-bp", "-v"]])
def test_bp_gives_the_group_up(site, setgid, arguments):
    """The program in its place has no more rights than its caller."""
    directory = setgid / "mine"
    directory.mkdir()
    tool = directory / "onehopctl"
    tool.write_text("#!/bin/sh\ngrep -E '^(Uid|Gid|Groups|SigIgn)' "
                    "/proc/self/status\n")
    tool.chmod(0o755)
    try:
        result = run([str(setgid / "bin/sendmail"), *arguments],
                     user="nobody", group="nogroup", extra_groups=[],
                     cwd=setgid, env=environment(ONEHOP_SBINDIR=str(directory)))
    except PermissionError:
        pytest.skip("the programs are out of reach for user nobody")
    group = grp.getgrnam("nogroup").gr_gid
    assert re.search(rf"^Gid:(\t{group}){{4}}$", result.stdout, re.M)
    assert str(grp.getgrnam("daemon").gr_gid) not in result.stdout.split()
    assert re.search("^SigIgn:\t0+$", result.stdout, re.M)
