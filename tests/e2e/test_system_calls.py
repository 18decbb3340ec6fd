"""One submission makes no more system calls than it needs."""

import collections
import re
import shutil

import pytest

from harness import program, run, sanitized

ONE = "one@example.net"


@pytest.fixture
def calls(site):
    """The system calls of one submission into an existing spool, in order."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    if sanitized():
        pytest.skip("a sanitizer makes calls of its own")
    site.submit(ONE)
    trace = site.directory / "trace"
    result = run(["strace", "-f", "-o", str(trace), program("sendmail"), "-C",
                  str(site.configuration), ONE], b"Subject: x\n\nbody\n")
    if "PTRACE" in result.stderr or "ptrace" in result.stderr:
        pytest.skip("this system does not allow tracing")
    assert (result.status, result.stderr) == (0, "")
    lines = [re.match(r"\d+\s+(\w+)\((.*)", line)
             for line in trace.read_text().splitlines()]
    return [(line[1], line[2]) for line in lines if line]


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
