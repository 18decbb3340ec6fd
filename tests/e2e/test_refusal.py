"""What sendmail refuses, with which status and words; and what it survives.

A refused message leaves nothing behind, and an accepted one says nothing.
"""

import os
import re
import resource
import signal
import subprocess

import pytest

from harness import environment, program, run, wait_until

ONE = "one@example.net"
BIG = b"Subject: big\n\n" + b"x" * 70 * 20000


def assert_refused(site, result, status, pattern):
    assert result.status == status
    assert result.stdout == ""
    assert result.stderr.startswith("sendmail: ")
    assert result.stderr.count("\n") == 1 and result.stderr.endswith("\n")
    assert re.search(pattern, result.stderr), result.stderr
    assert site.spool.names() == []


@pytest.mark.parametrize("arguments, pattern", [
    ([], "(?i)recipient"), ([""], "(?i)recipient"), ([","], "(?i)recipient")])
def test_no_recipients(site, arguments, pattern):
    assert_refused(site, site.sendmail(*arguments), 64, pattern)


@pytest.mark.parametrize("address", [
    "a@", "@example.net", "<>", "-", "<a@example.net", "a@b@example.net",
    "a b@", "a@exam ple.net>", "|cmd", "/file", ":include:/etc/passwd",
    "a@-.net", '"open@example.net', "a@[", "x" * 2000 + "@example.net"])
def test_a_malformed_recipient(site, address):
    result = site.sendmail("--", ONE, address)
    words = "|".join(re.escape(word[:20]) for word in address.split())
    assert_refused(site, result, 65, words)


@pytest.mark.parametrize("address", ["a@", "@b", "a b c", "<a@b"])
def test_a_malformed_sender(site, address):
    result = site.sendmail("-f", address, ONE)
    words = "|".join(re.escape(word) for word in address.split())
    assert_refused(site, result, 65, words)


CONTROLS = ["\n", "\r", "\r\n", "\x01", "\x1b", "\x7f", "\t\x0b"]
INJECTIONS = [f"a@example.net{control}RCPT TO:<evil@example.net>"
              for control in ("\r\n", "\n", "\r")]


@pytest.mark.parametrize("address", [
    *(f"a{control}b@example.net" for control in CONTROLS),
    *(f"a@exa{control}mple.net" for control in CONTROLS),
    *(f'"a{control}b"@example.net' for control in CONTROLS),
    *INJECTIONS])
@pytest.mark.parametrize("arguments", [[], ["-f"]], ids=["recipient", "sender"])
def test_control_characters_in_an_address(site, arguments, address):
    words = arguments + [address] + ([ONE] if arguments else [])
    assert_refused(site, site.sendmail(*words), 65, "")


@pytest.mark.parametrize("octet", [b"\x01", b"\x1b", b"\x7f", b"\0"])
@pytest.mark.parametrize("form", [b"a%cb@example.net", b"<a@exam%cple.net>",
                                  b'"a%cb"@example.net'])
def test_control_characters_in_an_address_of_the_header(site, form, octet):
    result = site.sendmail("-t", input=b"To: " + form % octet + b"\n\ntext\n")
    assert_refused(site, result, 65, "")


def test_a_message_that_is_too_large(site):
    site.configure(max_size="10K")
    result = site.sendmail(ONE, input=BIG)
    assert_refused(site, result, 69, "(?i)large|size|10")


def test_a_header_that_is_too_large(site):
    site.configure(max_size="10K")
    result = site.sendmail(ONE, input=b"X: x\n" * 20000)
    assert_refused(site, result, 69, "(?i)large|size|10")


def test_a_message_just_within_the_size(site):
    site.configure(max_size="10K")
    site.submit(ONE, input=b"\n" + b"x" * 8000)
    assert len(site.spool.names("new")) == 1


def limit_file_size():
    resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000))


def test_a_limit_on_file_sizes(site):
    result = site.sendmail(ONE, input=BIG, preexec_fn=limit_file_size)
    assert_refused(site, result, 75, "(?i)file too large|space|limit")


def in_mount_namespace(script, *arguments):
    """Run a shell script that may mount without anybody noticing."""
    return run(["unshare", "--mount", "sh", "-ec", script, "sh", *arguments])


def test_a_full_disk(site, root):
    site.submit(ONE)    # makes the spool
    for path in site.spool.files():
        path.unlink()
    (site.directory / "big").write_bytes(BIG)
    result = in_mount_namespace(
        'mount -t tmpfs -o size=256k tmpfs "$1"\n'
        'set +e; "$2" -C "$3" a@example.net <"$4"; echo $?\n'
        'find "$1" -type f',
        str(site.spool.path), program("sendmail"), str(site.configuration),
        str(site.directory / "big"))
    assert result.stdout == "75\n"
    assert re.fullmatch("sendmail: .*(?i:space).*\n", result.stderr)


def test_a_disk_without_inodes(site, root):
    site.spool.path.mkdir(mode=0o711)
    result = in_mount_namespace(
        'mount -t tmpfs -o nr_inodes=40 tmpfs "$1"; set +e\n'
        '"$2" -C "$3" a@example.net </dev/null; echo $?\n'
        'i=0; while touch "$1/fill$i" 2>/dev/null; do i=$((i+1)); done\n'
        '"$2" -C "$3" a@example.net </dev/null; echo $?\n'
        'ls "$1/new" "$1/tmp" | grep -c "^[0-9A-F]"',
        str(site.spool.path), program("sendmail"), str(site.configuration))
    assert result.stdout == "0\n75\n1\n"
    assert re.fullmatch("sendmail: .*(?i:space).*\n", result.stderr)


def test_a_read_only_spool(site, root):
    site.submit(ONE)
    before = site.spool.fingerprint()
    result = in_mount_namespace(
        'mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"\n'
        'set +e; "$2" -C "$3" a@example.net </dev/null; echo $?',
        str(site.spool.path), program("sendmail"), str(site.configuration))
    assert result.stdout == "75\n"
    assert re.fullmatch("sendmail: .*(?i:read-only).*\n", result.stderr)
    assert site.spool.fingerprint() == before


def test_nothing_is_sent_that_could_not_be_removed(site, smarthost, root):
    """It would be sent again and again."""
    host = smarthost()
    site.use(host)
    site.submit(ONE)
    result = in_mount_namespace(
        'mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"\n'
        'set +e; "$2" -q -C "$3" </dev/null; echo $?',
        str(site.spool.path), program("onehop-flush"),
        str(site.configuration))
    assert result.stdout == "75\n"
    assert re.search("(?i)read-only file system", result.stderr)
    assert host.messages == []
    assert site.flush()[0] == 0
    assert len(host.messages) == 1


def test_a_spool_that_is_not_ours(site):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    site.submit(ONE)
    for path in (site.spool.path / "tmp", site.spool.path / "new"):
        path.chmod(0o500)
    before = site.spool.fingerprint()
    result = site.sendmail(ONE)
    for path in (site.spool.path / "tmp", site.spool.path / "new"):
        path.chmod(0o700)
    assert result.status == 75
    assert re.fullmatch("sendmail: .*(?i:permission).*\n", result.stderr)
    assert site.spool.fingerprint() == before


def test_a_spool_of_another_user(open_directory, root):
    """Seen by an ordinary user without the setgid bit."""
    spool, configuration = open_directory / "spool", open_directory / "conf"
    configuration.write_text(f"spool {spool}\ndomain example.org\n")
    command = [program("sendmail"), "-C", str(configuration), ONE]
    assert run(command).status == 0
    before = sorted(spool.glob("*/*"))
    try:
        result = run(command, user="nobody", group="nogroup", extra_groups=[],
                     cwd="/")
    except PermissionError:
        pytest.skip("the programs are out of reach for user nobody")
    assert result.status == 75
    assert re.fullmatch("sendmail: .*(?i:permission).*\n", result.stderr)
    assert sorted(spool.glob("*/*")) == before


def test_a_spool_that_cannot_be_made(site):
    (site.directory / "file").write_text("")
    site.configure(spool=site.directory / "file" / "spool")
    result = site.sendmail(ONE)
    assert result.status in (71, 74, 75)
    assert re.fullmatch("sendmail: .*spool.*\n", result.stderr)


@pytest.mark.parametrize("mistake", [
    "nonsense yes\n", "max-size large\n", "max-size\n", "relay nowhere\n",
    "connections 0\n", "\x01\x02\n"])
def test_a_mistake_in_the_configuration_refuses_no_mail(site, mistake):
    with open(site.configuration, "a") as configuration:
        configuration.write(mistake)
    site.submit(ONE)
    assert site.spool.entry("new").recipients == [ONE]


def test_an_unreadable_configuration_refuses_no_mail(site, root):
    """Then the spool is the one that was configured at build time."""
    printed = run([program("onehopctl"), "-C", "/dev/null", "config"])
    spool = re.search(r"^spool (\S+)$", printed.stdout, re.MULTILINE)[1]
    existing = spool
    while not os.path.isdir(existing):
        existing = os.path.dirname(existing)
    result = in_mount_namespace(
        'mount -t tmpfs tmpfs "$1"; mkdir -p "$(dirname "$2")"\n'
        'set +e\n'
        'for file in "$4/missing" "$4"; do\n'
        '    "$3" -C "$file" a@example.net </dev/null; echo $?\n'
        'done\n'
        'ls "$2/new" | wc -l',
        existing, spool, program("sendmail"), str(site.directory))
    assert (result.stdout, result.stderr) == ("0\n0\n2\n", "")


@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-", "1>&- 2>&-",
                                    "0<&- 1>&- 2>&-"])
def test_closed_descriptors(site, closed):
    result = run(["sh", "-c", f'exec {closed}; exec "$@"', "sh",
                  program("sendmail"), "-C", str(site.configuration), ONE],
                 b"Subject: x\n\nbody\n")
    assert (result.status, result.stdout, result.stderr) == (0, "", "")
    message = site.spool.message("new")
    assert (b"\r\nbody\r\n" in message) == ("0<" not in closed)


def test_a_refusal_with_closed_descriptors(site):
    result = run(["sh", "-c", 'exec 0<&- 1>&- 2>&-; exec "$@"', "sh",
                  program("sendmail"), "-C", str(site.configuration), "a@"])
    assert result.status == 65
    assert site.spool.names() == []


def test_an_empty_environment(site):
    site.submit(ONE, env={})
    assert len(site.spool.names("new")) == 1


def test_a_deleted_working_directory(site):
    result = run(["sh", "-c", 'mkdir "$0" && cd "$0" && rmdir "$0" && "$@"',
                  str(site.directory / "gone"), program("sendmail"), "-C",
                  str(site.configuration), ONE])
    assert (result.status, result.stdout, result.stderr) == (0, "", "")
    assert len(site.spool.names("new")) == 1


@pytest.mark.parametrize("umask", [0o777, 0o077, 0o000])
def test_the_file_mode_does_not_depend_on_the_umask(site, umask):
    site.submit(ONE, umask=umask)
    assert site.spool.only("new").stat().st_mode & 0o777 == 0o660


def test_ignored_signals_are_survived(site):
    def ignore():
        for number in (signal.SIGPIPE, signal.SIGHUP, signal.SIGCHLD,
                       signal.SIGXFSZ, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)

    site.submit(ONE, preexec_fn=ignore)
    assert len(site.spool.names("new")) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM,
                                    signal.SIGHUP])
def test_a_signal_while_reading_leaves_nothing(site, number):
    with subprocess.Popen([program("sendmail"), "-C", site.configuration, ONE],
                          stdin=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=environment()) as process:
        process.stdin.write(BIG)
        process.stdin.flush()
        wait_until(lambda: site.spool.names("tmp"), "a file in tmp/")
        process.send_signal(number)
        wait_until(lambda: process.poll() is not None, "the end of sendmail")
        assert process.returncode == 75
    assert site.spool.names() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM,
                                    signal.SIGHUP])
def test_a_signal_that_the_caller_ignores_is_ignored(site, number):
    with subprocess.Popen(
            [program("sendmail"), "-C", site.configuration, ONE],
            stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(),
            preexec_fn=lambda: signal.signal(number, signal.SIG_IGN)) as process:
        process.stdin.write(BIG)
        process.stdin.flush()
        wait_until(lambda: site.spool.names("tmp"), "a file in tmp/")
        process.send_signal(number)
        assert process.communicate(b"more\n") == (None, b"")
        assert process.returncode == 0
    assert site.spool.message("new").endswith(b"more\r\n")


def test_more_recipients_than_one_message_can_have(site):
    """Their envelope would be larger than any program reads."""
    addresses = b",\n ".join(b"%d@example.net" % n for n in range(250000))
    result = site.sendmail("-t", input=b"To: " + addresses + b"\n\nx\n")
    assert_refused(site, result, 69, "250000 recipients")


@pytest.mark.parametrize("arguments, settings, status", [
    (["a@"], {}, 65), (["-f", "a@", ONE], {}, 65), (["-t"], {}, 65),
    ([ONE], {"max_size": "1M"}, 69)])
def test_the_writer_of_what_is_refused_may_write_all(site, arguments, settings,
                                                     status):
    """Without a broken pipe, which would keep the status from him."""
    site.configure(**settings)
    with subprocess.Popen(
            [program("sendmail"), "-C", site.configuration, *arguments],
            stdin=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
            env=environment()) as process:
        process.stdin.write(b"To: a@\n\n")
        for _ in range(200):
            process.stdin.write(b"x" * 99999 + b"\n")
        process.stdin.close()
        assert process.stderr.read().count(b"\n") == 1
    assert process.returncode == status
    assert site.spool.names() == []


def test_a_failing_submission_disturbs_no_other(site):
    site.submit(ONE)
    before = site.spool.fingerprint()
    assert site.sendmail("a@").status == 65
    assert site.spool.fingerprint() == before
