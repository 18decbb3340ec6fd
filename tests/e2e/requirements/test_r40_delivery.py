"""Requirements 40 to 53: status, output, surroundings, DSN."""

import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import time

import pytest

from checks import DATAERR, DOTS, IOERR, NOPERM, OK, ONE, OSERR, TEMPFAIL, \
    TEXT, TWO, UNAVAILABLE, USAGE, Running, assert_refused, \
    bare_environment, flushed, mail_commands, rcpt_commands, refuse, \
    sent, taken
import harness
from harness import body, environment, field, program, run, wait_until
from script import reply

BIG = b"Subject: big\n\n" + b"0123456789\n" * 20000


# 40: -e and -oe are accepted and the exit status does not follow them.

@pytest.mark.parametrize("option", [
    f"{form}{letter}" for form in ("-e", "-oe") for letter in "mpeqw"])
def test_r40_error_modes_change_no_status(site, option):
    refuse(site, option, status=USAGE)
    refuse(site, option, "a@", status=DATAERR)
    assert taken(site, option, ONE).recipients == [ONE]


# 41: 0 only when the message is safe; whatever -od says it is queued, and
# sent soon by whoever runs the queue.

DELIVERY_MODES = ["-odb", "-odi", "-odf", "-odq", "-odd", "-odx"]


@pytest.mark.parametrize("option", DELIVERY_MODES)
def test_r41_delivery_modes_queue(site, option):
    assert taken(site, option, ONE).recipients == [ONE]


@pytest.mark.parametrize("option", ["-odq", "-odi", "-O DeliveryMode=q"])
def test_r41_it_is_sent_soon_without_asking(site, relayed, option):
    relayed()
    flusher = site.flusher()
    site.submit(*option.split(), ONE)
    wait_until(lambda: site.host.messages, "the message at the smarthost")
    wait_until(lambda: not site.spool.names(), "an empty queue")
    assert flusher.stop() == 0


def test_r41_a_temporary_failure_stays_queued_with_0(site, relayed):
    relayed(script={"mail": [reply("451 4.3.0 later")]})
    site.submit("-odi", ONE)
    assert site.flush()[0] == TEMPFAIL
    assert len(site.spool.names("cur")) == 1
    assert flushed(site)[0].recipients == [ONE]


def test_r41_the_file_is_synced_before_the_end(site):
    if harness.sanitized():
        pytest.skip("a sanitizer makes calls of its own")
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    site.submit(ONE)
    trace = site.directory / "trace"
    result = run(["strace", "-f", "-o", str(trace), program("sendmail"),
                  "-C", str(site.configuration), ONE], TEXT)
    if "ptrace" in result.stderr.lower():
        pytest.skip("this system does not allow tracing")
    calls = re.findall(r"^\d+ +(\w+)\(", trace.read_text(), re.M)
    assert len([name for name in calls if name.startswith("fsync")]) == 2
    last = max(index for index, name in enumerate(calls)
               if name.startswith("rename"))
    assert "fsync" in calls[last:]
    assert not {"fork", "vfork", "clone", "clone3"} & set(calls)


# 42: silence on success, whatever is to be warned of.

@pytest.mark.parametrize("arguments", [
    [], ["-i"], ["-t"], ["-oem", "-odi"], ["-Nnever"], ["-Rhdrs"], ["-VQQ1"],
    ["-G"], ["-B8BITMIME"], ["-Am"], ["-X", "/nonexistent"], ["-f", ""],
    ["-f", "x"], ["-h", "99"], ["-h", "no number"], ["-L", "tag"]])
def test_r42_silence_on_success(site, arguments):
    taken(site, *arguments, ONE)


@pytest.mark.parametrize("text", ["unknown keyword\n", "max-size many\n",
                                  "aliases /nonexistent/aliases\n",
                                  "senders /nonexistent/senders\n",
                                  "password-file /nonexistent\n"])
def test_r42_warnings_go_to_the_log(site, text):
    with open(site.configuration, "a") as configuration:
        configuration.write(text)
    taken(site, ONE)


def test_r42_they_are_in_the_log(site, syslog):
    with open(site.configuration, "a") as configuration:
        configuration.write("no-such-keyword\n")
    taken(site, ONE)
    assert [line for line in syslog() if "no-such-keyword" in line and
            str(site.configuration) in line]


# 43: failures: one line, and a status of sysexits; never 1.

@pytest.mark.parametrize("arguments, status", [
    ([], USAGE), (["-t"], USAGE), (["-Z", ONE], USAGE), (["-f"], USAGE),
    ([ONE, "-t"], USAGE), (["-bt"], USAGE), (["-N", "bad", ONE], USAGE),
    (["a@"], DATAERR), (["--", "|cmd"], DATAERR), (["a@b\x01c"], DATAERR),
    (["-f", "a@", ONE], DATAERR)])
def test_r43_wrong_calls(site, arguments, status):
    refuse(site, *arguments, status=status)


def test_r43_too_large(site):
    site.configure(max_size="10K")
    refuse(site, ONE, status=UNAVAILABLE, input=BIG)


def test_r43_stdin_cannot_be_read(site):
    directory = os.open("/", os.O_RDONLY)
    result = site.sendmail(ONE, input=directory)
    os.close(directory)
    assert_refused(site, result, IOERR)


def test_r43_a_spool_that_cannot_be(site):
    (site.directory / "file").write_text("")
    site.configure(spool=site.directory / "file" / "spool")
    refuse(site, ONE, status=OSERR)


def test_r43_a_spool_out_of_reach(site_of_nobody):
    site = site_of_nobody
    site.spool.path.mkdir()
    result = site.sendmail(ONE, **site.user)
    assert_refused(site, result, TEMPFAIL, "spool")


@pytest.mark.parametrize("list_of_users, keyword", [
    ("root", "submit_users"), ("nobody", "deny_users")])
def test_r43_not_permitted(site_of_nobody, list_of_users, keyword):
    site = site_of_nobody
    site.configure(**{keyword: list_of_users})
    refuse(site, ONE, status=NOPERM, **site.user)


def test_r43_a_mistake_in_the_configuration_is_none(site):
    with open(site.configuration, "a") as configuration:
        configuration.write("no such keyword\nlifetime 5x\n")
    assert taken(site, ONE).recipients == [ONE]


def test_r43_the_smarthost_has_no_say_in_the_status(site, relayed):
    relayed(script={"rcpt": reply("550 5.1.1 no such user")})
    assert taken(site, "-odi", ONE).recipients == [ONE]


# 44: no option opens a file of the caller's choice with privilege.

@pytest.fixture
def setgid(site_of_nobody):
    """A sendmail that is setgid to the group of its spool."""
    site = site_of_nobody
    group = 54321
    path = site.directory / "sendmail"
    shutil.copy(program("sendmail"), path)
    os.chown(path, 0, group)
    path.chmod(0o2755)
    site.spool.path.mkdir()
    for name in ("new", "tmp"):
        (site.spool.path / name).mkdir()
        os.chown(site.spool.path / name, 0, group)
        (site.spool.path / name).chmod(0o3770)
    probe = run([str(path), "--version"], env=environment(), **site.user)
    if probe.status != OK:
        pytest.skip("a setgid program does not run here")
    site.path = str(path)
    site.group = group
    return site


def test_r44_C_gives_the_privilege_up(setgid):
    site = setgid
    result = run([site.path, "-C", str(site.configuration), ONE], TEXT,
                 **site.user)
    assert_refused(site, result, result.status)
    assert result.status in (TEMPFAIL, NOPERM)


def test_r44_C_reads_only_what_the_caller_may(setgid):
    site = setgid
    site.spool.path.chmod(0o777)
    secret = site.directory / "secret"
    secret.write_text("a very secret line\n")
    os.chown(secret, 0, site.group)
    secret.chmod(0o640)
    result = run([site.path, "-C", str(secret), "-bv", ONE], **site.user)
    assert "secret line" not in result.stdout + result.stderr


@pytest.mark.parametrize("form", [
    "-X {}", "-X{}", "-oQ{}", "-O QueueDirectory={}", "-OAliasFile={}",
    "-oA{}", "-oS{}", "-OPidFile={}", "-O StatusFile={}", "-oX{}",
    "-O ControlSocketName={}", "-OProcessTitlePrefix={}", "-L{}"])
def test_r44_no_option_makes_a_file(site, form):
    path = site.directory / "trap"
    taken(site, *form.format(path).split(), ONE)
    assert not path.exists()


@pytest.mark.parametrize("form", ["-D {}", "-D{}", "-d0.1{}"])
def test_r44_debugging_makes_no_file(site, form):
    path = site.directory / "trap"
    site.sendmail(*form.format(path).split(), ONE)
    assert not path.exists()


# 45: missing descriptors are replaced; nothing of the caller is held open.

def closing(*descriptors):
    def close():
        for descriptor in descriptors:
            os.close(descriptor)
    return close


@pytest.mark.parametrize("closed", [(1,), (2,), (1, 2), (0,), (0, 2),
                                    (0, 1, 2)])
def test_r45_closed_descriptors(site, closed):
    process = subprocess.Popen(
        [program("sendmail"), "-C", str(site.configuration), ONE],
        stdin=subprocess.PIPE, env=environment(), preexec_fn=closing(*closed))
    try:
        process.stdin.write(TEXT)
        process.stdin.close()
    except BrokenPipeError:
        assert 0 in closed
    assert process.wait(60) == 0
    entry = site.spool.entry("new")
    assert entry.recipients == [ONE]
    assert body(entry.message) == (b"" if 0 in closed else b"text\r\n")
    assert int(entry.seal["size"]) == len(entry.message)


def test_r45_complaints_do_not_get_into_the_message(site):
    result = site.sendmail("a@", preexec_fn=closing(2))
    assert result.status == DATAERR and site.spool.names() == []


def test_r45_nothing_is_held_open(site):
    reader, writer = os.pipe()
    site.submit("-odb", ONE, pass_fds=[writer])
    os.close(writer)
    assert os.read(reader, 1) == b""
    os.close(reader)


# 46: an empty environment, any working directory, any umask.

def test_r46_an_empty_environment(site):
    entry = taken(site, ONE, env=bare_environment())
    assert entry.recipients == [ONE]
    assert entry.sender.endswith("@example.org")


@pytest.mark.parametrize("umask", [0, 0o22, 0o77, 0o177, 0o777])
def test_r46_any_umask(site, umask):
    taken(site, ONE, umask=umask)
    assert site.spool.only("new").stat().st_mode & 0o7777 == 0o660
    modes = {name: (site.spool.path / name).stat().st_mode & 0o777
             for name in ("tmp", "new", "cur")}
    assert (modes["tmp"], modes["cur"]) == (0o730, 0o700)
    assert modes["new"] in (0o730, 0o770)


def test_r46_the_root_directory(site):
    assert taken(site, ONE, cwd="/").recipients == [ONE]


def test_r46_a_directory_that_is_gone(site, tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()

    def leave():
        os.chdir(gone)
        os.rmdir(gone)

    assert taken(site, ONE, preexec_fn=leave).recipients == [ONE]


def test_r46_a_directory_that_cannot_be_read(site_of_nobody):
    site = site_of_nobody
    closed = site.directory / "closed"
    closed.mkdir(mode=0o700)
    command = [program("sendmail"), "-C", str(site.configuration), ONE]
    inside = subprocess.run(
        ["/bin/sh", "-c", 'cd "$1" && shift && exec setpriv --reuid 65534 '
         '--regid 65534 --clear-groups "$@"', "-", str(closed), *command],
        input=TEXT, env=environment(), capture_output=True)
    if b"setpriv" in inside.stderr:
        pytest.skip("no setpriv here")
    assert (inside.returncode, inside.stdout, inside.stderr) == (0, b"", b"")


# 47: signals that the caller ignores or blocks; and those that end it.

def inherit(ignored=(), blocked=()):
    def prepare():
        for number in ignored:
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, blocked)
    return prepare


@pytest.mark.parametrize("ignored", [
    [signal.SIGPIPE], [signal.SIGCHLD], [signal.SIGALRM],
    [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP,
     signal.SIGTTIN, signal.SIGTTOU], [signal.SIGXFSZ, signal.SIGXCPU]])
def test_r47_inherited_dispositions(site, ignored):
    entry = taken(site, ONE, preexec_fn=inherit(ignored=ignored),
                  restore_signals=False)
    assert entry.recipients == [ONE]


def test_r47_an_inherited_mask(site):
    everything = set(signal.valid_signals())
    entry = taken(site, ONE, preexec_fn=inherit(blocked=everything))
    assert entry.recipients == [ONE]


def reading(sendmail, site):
    """Waits until the message has begun to be read."""
    sendmail.write(b"Subject: x\n\nfirst\n")
    wait_until(lambda: site.spool.names("tmp") or waits(sendmail.process.pid),
               "sendmail waiting for more")


def waits(pid):
    try:
        return "pipe_r" in pathlib.Path(f"/proc/{pid}/wchan").read_text() or \
            read_call(pid)
    except OSError:
        return read_call(pid)


def read_call(pid):
    """Whether the process is in read(0, ...)."""
    try:
        words = pathlib.Path(f"/proc/{pid}/syscall").read_text().split()
    except OSError:
        time.sleep(0.3)
        return True
    return words[:2] in (["0", "0x0"], ["63", "0x0"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("blocked", [False, True])
def test_r47_interrupted_while_reading(site, number, blocked):
    prepare = inherit(blocked={number}) if blocked else None
    with Running(site, ONE, preexec_fn=prepare) as sendmail:
        reading(sendmail, site)
        sendmail.process.send_signal(number)
        assert sendmail.process.wait(60) == TEMPFAIL
        stderr = sendmail.process.stderr.read()
    assert stderr.startswith(b"sendmail: ") and stderr.count(b"\n") == 1
    assert site.spool.names() == []


def test_r47_a_hangup_after_the_end_of_the_message(site):
    """The dot has been read, and what follows is being thrown away."""
    with Running(site, ONE) as sendmail:
        sendmail.write(TEXT + b".\n")
        wait_until(lambda: read_call(sendmail.process.pid))
        wait_until(lambda: site.spool.names("tmp", "new"))
        sendmail.process.send_signal(signal.SIGHUP)
        sendmail.process.send_signal(signal.SIGHUP)
        assert sendmail.end() == (0, b"", b"")
    assert body(site.spool.message("new")) == b"text\r\n"


# 48: the end of the input is the end of the message, wherever it comes.

@pytest.mark.parametrize("text", [b"Subj", b"Subject: x\n\ncut off in the",
                                  b"To: one@example.net,\n ", b""])
def test_r48_the_end_of_the_input_is_no_error(site, text):
    assert taken(site, ONE, input=text).recipients == [ONE]


def test_r48_in_bs_it_discards_the_message(site):
    result = site.sendmail("-bs", input=(
        b"EHLO x\r\nMAIL FROM:<me@example.com>\r\n"
        b"RCPT TO:<one@example.net>\r\nDATA\r\nSubject: x\r\n\r\ncut off"))
    assert "354" in result.stdout
    assert site.spool.names() == []


# 49: many at once.

def test_r49_many_at_once(site):
    processes = [subprocess.Popen(
        [program("sendmail"), "-C", str(site.configuration), "-i", ONE],
        stdin=subprocess.PIPE, env=environment()) for _ in range(30)]
    for number, process in enumerate(processes):
        process.stdin.write(b"Subject: %d\n\n" % number)
    names = set()
    for process in reversed(processes):
        assert len(site.spool.names("new")) == len(names)
        process.stdin.close()
        assert process.wait(60) == 0
        names |= set(site.spool.names("new"))
    assert len(names) == 30
    assert site.spool.names("tmp") == []
    subjects = {path.read_bytes().partition(b"Subject: ")[2]
                for path in site.spool.files("new")}
    assert subjects == {b"%d\r\n\r\n" % number for number in range(30)}


# 50: no room: 75 and nothing left behind.

@pytest.mark.parametrize("disposition", [signal.SIG_DFL, signal.SIG_IGN])
def test_r50_a_limit_on_the_size_of_files(site, disposition):
    def limit():
        signal.signal(signal.SIGXFSZ, disposition)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))

    site.submit(ONE)
    site.spool.only("new").unlink()
    result = site.sendmail(ONE, input=BIG, preexec_fn=limit)
    assert_refused(site, result, TEMPFAIL)


@pytest.fixture
def small(root, open_directory, site):
    """A spool on a file system with room for very little."""
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none",
                       str(open_directory)], capture_output=True).returncode:
        pytest.skip("this system does not allow mounting")
    site.configure(spool=open_directory / "spool")
    site.spool.path = open_directory / "spool"
    yield site
    subprocess.run(["umount", "-l", str(open_directory)], check=True)


def test_r50_a_full_disk(small):
    small.submit(ONE)
    small.spool.only("new").unlink()
    refuse(small, ONE, status=TEMPFAIL, pattern="(?i)space", input=BIG)


def test_r50_a_spool_that_is_read_only(small):
    small.submit(ONE)
    small.spool.only("new").unlink()
    subprocess.run(["mount", "-o", "remount,ro", str(small.spool.path.parent)],
                   check=True)
    refuse(small, ONE, status=TEMPFAIL, pattern="(?i)read-only")


# 51: -N, -R and -V go to the smarthost if it offers DSN.

@pytest.mark.parametrize("value, wire", [
    ("never", {"NEVER"}), ("NEVER", {"NEVER"}), ("success", {"SUCCESS"}),
    ("failure,delay", {"FAILURE", "DELAY"}),
    ("Success,Failure,Delay", {"SUCCESS", "FAILURE", "DELAY"})])
@pytest.mark.parametrize("attached", [True, False])
def test_r51_N_on_the_wire(site, relayed, value, wire, attached):
    relayed("DSN")
    [message] = sent(site, *([f"-N{value}"] if attached else ["-N", value]),
                     ONE, TWO)
    assert message.recipients == [ONE, TWO]
    for command in rcpt_commands(site):
        [found] = re.findall(r" NOTIFY=(\S+)", command)
        assert set(found.upper().split(",")) == wire


@pytest.mark.parametrize("value, wire", [("hdrs", "HDRS"), ("full", "FULL"),
                                         ("HDRS", "HDRS")])
@pytest.mark.parametrize("attached", [True, False])
def test_r51_R_on_the_wire(site, relayed, value, wire, attached):
    relayed("DSN")
    [message] = sent(site, *([f"-R{value}"] if attached else ["-R", value]),
                     ONE)
    assert message.parameters["RET"] == wire


@pytest.mark.parametrize("words, wire", [
    (["-V", "QQ314159"], "QQ314159"), (["-VQQ314159"], "QQ314159"),
    (["-V", "x" * 100], "x" * 100)], ids=["word", "attached", "longest"])
def test_r51_V_on_the_wire(site, relayed, words, wire):
    relayed("DSN")
    [message] = sent(site, *words, ONE)
    assert message.parameters["ENVID"] == wire


def test_r51_as_mutt_does_it(site, relayed):
    relayed("DSN")
    [message] = sent(site, "-oem", "-oi", "-f", "me@example.com", "-N",
                     "failure,delay", "-R", "full", "--", ONE)
    assert message.parameters["RET"] == "FULL"
    assert "NOTIFY=" in rcpt_commands(site)[0]


def test_r51_nothing_asked_nothing_said(site, relayed):
    relayed("DSN")
    sent(site, ONE)
    for command in mail_commands(site) + rcpt_commands(site):
        assert not re.search("NOTIFY|RET=|ENVID", command)


@pytest.mark.parametrize("words", [
    ["-N", "never"], ["-N", "failure,delay", "-R", "full", "-V", "id"]])
def test_r51_dropped_in_silence_without_DSN(site, relayed, words):
    relayed()
    [message] = sent(site, *words, ONE)
    assert message.recipients == [ONE]
    assert not {"RET", "ENVID"} & set(message.parameters)


@pytest.mark.parametrize("words", [
    ["-N", "bad"], ["-Nfoo"], ["-N", ""], ["-N", "never,success"],
    ["-N", "failure,,delay,x"], ["-R", "bad"], ["-R", ""], ["-Rhdr"]])
def test_r51_an_invalid_value_is_a_usage_error(site, words):
    refuse(site, *words, ONE, status=USAGE)


@pytest.mark.parametrize("value", ["a b", "a\nRCPT", "ü", "a=b+c", "x" * 101],
                         ids=["blank", "newline", "utf8", "plus", "long"])
def test_r51_V_says_nothing_that_is_no_xtext(site, relayed, value):
    """Encoded, dropped or refused; the smarthost minds all else."""
    relayed("DSN")
    result = site.sendmail("-V", value, ONE)
    if result.status != OK:
        assert_refused(site, result, USAGE)
        return
    [message] = flushed(site)
    envid = message.parameters.get("ENVID", "x")
    assert re.fullmatch(r"([!-*,-<>-~]|\+[0-9A-F]{2}){1,100}", envid)


# 52: -v says something on stdout and sends all the same.

def test_r52_v_tells_the_ID(site):
    result = site.sendmail("-v", ONE, input=DOTS)
    [name] = site.spool.names("new")
    assert (result.status, result.stderr) == (OK, "")
    assert f"queued as {name}" in result.stdout
    entry = site.spool.entry("new")
    assert entry.recipients == [ONE]
    assert body(entry.message) == b"before\r\n"


def test_r52_v_and_a_failure(site):
    refuse(site, "-v", "a@", status=DATAERR)


# 53: accepted, and without effect.

@pytest.mark.parametrize("words", [
    ["-G"], ["-U"], ["-m"], ["-n"], ["-s"], ["-x"], ["-A"], ["-Am"], ["-Ac"],
    ["-h", "5"], ["-h5"], ["-p", "X"], ["-pSMTP:host"], ["-pUUCP:h.UUCP"],
    ["-L", "tag"], ["-Ltag"], ["-X", "/nonexistent/x"], ["-em"], ["-ep"],
    ["-eq"], ["-ew"], ["-ee"], ["-G", "-oee", "-odi", "-pUUCP:host"]])
def test_r53_accepted_without_effect(site, words):
    entry = taken(site, *words, "-f", "me@example.com", ONE, input=DOTS)
    assert (entry.sender, entry.recipients) == ("me@example.com", [ONE])
    assert body(entry.message) == b"before\r\n"
    assert field(entry.message, "subject") == ["x"]
