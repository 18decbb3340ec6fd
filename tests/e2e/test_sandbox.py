"""What an agent or a flusher can do that has been taken over: very little.

compromised.c is an agent that tries. Its attempts have to work before its
pledge, or they would show nothing; and the session has to go on after it."""

import ctypes
import errno
import os
import pathlib
import re
import subprocess
import sys

import pytest

from harness import BUILD, command_name, program, wait_until
from script import after, hang

ONE = "one@example.net"
LANDLOCK_CREATE_RULESET, VERSION = 444, 1

# What another kernel or its settings may not have, or allow only to root.
DEPENDS = {"trace_parent", "namespace_new", "io_ring", "page_faults",
           "kernel_program", "keys", "file_system_mounted", "connect_fast",
           "second_filter", "memory_of_others", "memory_of_parent"}


def landlock():
    """The version of Landlock that the kernel has, or 0."""
    call = ctypes.CDLL(None, use_errno=True).syscall
    return max(0, call(LANDLOCK_CREATE_RULESET, None, 0, VERSION))


def has(macro):
    return re.search(rf"^#define {macro} 1$", (BUILD / "config.h").read_text(),
                     re.MULTILINE)


@pytest.fixture
def enforced():
    if not has("ONEHOP_LANDLOCK") or not has("ONEHOP_SECCOMP"):
        pytest.skip("built without the sandbox, as with sanitizers")
    if landlock() < 2:
        pytest.skip("this kernel has no Landlock for it")


@pytest.fixture
def host(site, smarthost):
    host = smarthost()
    site.use(host)
    return host


@pytest.fixture
def outside(site):
    """A directory of the owner's beside the spool, with a file in it."""
    outside = site.directory / "outside"
    outside.mkdir()
    (outside / "file").write_text("as it was\n")
    return outside


@pytest.fixture
def planted(site, monkeypatch):
    """Has onehop-flush run another program in place of one of ours."""
    def plant(name, *lines, target=None):
        path = site.directory / "programs" / name
        path.parent.mkdir(exist_ok=True)
        if target is not None:
            path.symlink_to(target)
        else:
            path.write_text("\n".join([f"#!{sys.executable} -I", *lines, ""]))
            path.chmod(0o755)
        return {f"ONEHOP_{'LIBEXEC' if name == 'onehop-smtp' else 'S'}"
                "BINDIR": path.parent}

    return plant
