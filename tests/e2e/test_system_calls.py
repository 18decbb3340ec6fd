"""One submission makes no more system calls than it needs."""

import collections
import os
import re
import shutil

import pytest

from harness import program, run, sanitized

ONE = "one@example.net"


# Of which 14 are the C library's before main, and each file that is read is 4:
# configuration, hosts, mailname.  What comes and goes with the system, such
# as a syslog that listens, fits in.
MOST, MOST_WITH_ALIASES = 80, 88


@pytest.fixture
def trace(site):
    """Gives the system calls of a submission into an existing spool."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    if sanitized():
        pytest.skip("a sanitizer makes calls of its own")
    site.submit(ONE)
    path = site.directory / "trace"

    def trace(*arguments):
        result = run(["strace", "-f", "-o", str(path), program("sendmail"),
                      "-C", str(site.configuration), *arguments],
                     b"Subject: x\n\nbody\n")
        if "PTRACE" in result.stderr or "ptrace" in result.stderr:
            pytest.skip("this system does not allow tracing")
        assert (result.status, result.stderr) == (0, "")
        lines = [re.match(r"\d+\s+(\w+)\((.*)", line)
                 for line in path.read_text().splitlines()]
        return [(line[1], line[2]) for line in lines if line]

    return trace


@pytest.fixture
def calls(trace):
    """Those of one for an address elsewhere, in order."""
    return trace(ONE)


@pytest.fixture
def static():
    if not os.access(program("onehop-sendmail"), os.X_OK):
        pytest.skip("sendmail is not static in this build")


def test_no_more_than_so_many(calls, static):
    assert len(calls) <= MOST


def test_no_more_than_so_many_with_aliases(site, trace, static):
    aliases = site.directory / "aliases"
    aliases.write_text(f"root: admin\nadmin: {ONE}\n")
    site.configure(aliases=aliases)
    calls = trace("root")
    assert len(calls) <= MOST_WITH_ALIASES


def test_each_file_is_opened_once(calls):
    opened = collections.Counter(
        re.match(r'[^"]*"([^"]+)"', text)[1] for name, text in calls
        if name.startswith("open") and "O_CREAT" not in text)
    assert {path: n for path, n in opened.items() if n > 1} == {}


def test_no_loader_and_no_module_of_the_name_service(calls, static):
    """The caller, whoever runs the tests, is in /etc/passwd."""
    assert [text for name, text in calls if name.startswith("open") and
            re.search(r"\.so\b|ld\.so|nsswitch", text)] == []


def test_no_process_is_made(calls):
    names = collections.Counter(name for name, _ in calls)
    assert names["execve"] == 1
    assert not {"fork", "vfork", "clone", "clone3"} & set(names)


def test_no_network_is_touched(calls):
    assert not [text for name, text in calls
                if name == "socket" and "AF_INET" in text]
    assert not [text for name, text in calls if name == "connect"
                and "AF_UNIX" not in text]
    assert not [text for name, text in calls
                if name.startswith("open") and "resolv.conf" in text]


def test_two_syncs_and_both_before_the_end(calls, capsys):
    syncs = [index for index, (name, _) in enumerate(calls)
             if name in ("fsync", "fdatasync", "sync", "syncfs", "msync",
                         "sync_file_range")]
    assert len(syncs) == 2
    renames = [index for index, (name, _) in enumerate(calls)
               if name.startswith(("rename", "link"))]
    assert renames and renames[-1] < max(syncs)
    with capsys.disabled():
        print(f"\n{len(calls)} system calls in one submission, 2 of them "
              "syncs")


def test_no_library_for_tls_or_names_is_loaded(calls):
    opened = [text for name, text in calls if name.startswith("open")]
    assert not [text for text in opened
                if re.search(r"lib(ssl|crypto|resolv|nss_dns)", text)]
