"""--help and --version of all programs."""

import os
import re

import pytest

from harness import SOURCE, environment, program, run

PROGRAMS = ("sendmail", "newaliases", "mailq", "onehop-flush", "onehop-smtp",
            "onehopctl")
VERSION = re.search(r"AC_INIT\(\[onehop\], \[([^]]*)\]",
                    (SOURCE / "configure.ac").read_text())[1]


def ask(name, argument, directory):
    """What it says, with nothing to configure it and a silent caller."""
    reader, writer = os.pipe()
    try:
        return run([program(name), argument], os.fdopen(reader, "rb"),
                   cwd=directory, env=environment(HOME=str(directory)))
    finally:
        os.close(writer)


def test_these_are_all_programs():
    text = (SOURCE / "Makefile.am").read_text()
    made = re.findall(r"^(?:sbin|libexec)_PROGRAMS \+?= (.*)$", text, re.M)
    # What runs as sendmail, of which it is a twin.
    names = set(" ".join(made).split()) - {"onehop-sendmail"}
    assert names | {"mailq", "newaliases"} == set(PROGRAMS)


@pytest.mark.parametrize("name", PROGRAMS)
def test_help_is_on_stdout_and_reads_nothing(name, tmp_path):
    result = ask(name, "--help", tmp_path)
    assert (result.status, result.stderr) == (0, "")
    assert result.stdout.startswith(f"usage: {name} ")
    assert result.stdout.endswith("\n")
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", PROGRAMS)
def test_version_is_one_line(name, tmp_path):
    result = ask(name, "--version", tmp_path)
    assert (result.status, result.stderr) == (0, "")
    assert result.stdout == f"onehop {name} {VERSION}\n"
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_what_cannot_be_written_is_a_failure(name, argument):
    result = run(["/bin/sh", "-c", f'exec "$0" {argument} >/dev/full',
                  program(name)])
    assert result.status == 74


@pytest.mark.parametrize("name", ["onehop-flush", "onehop-smtp", "onehopctl",
                                  "mailq"])
def test_a_wrong_option_shows_the_usage(name):
    result = run([program(name), "-Z"])
    assert (result.status, result.stdout) == (64, "")
    assert f"usage: {name} " in result.stderr
