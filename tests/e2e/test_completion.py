"""The completion of onehopctl, as the shells do it: nothing that its usage
names may be missing."""

import os
import pty
import re
import select
import shutil
import time

import pytest

from harness import PATIENCE, SOURCE, environment, program, run
from usage import options, verbs

BASH_COMPLETION = "/usr/share/bash-completion/bash_completion"
COMPLETION = SOURCE / "etc" / "completion"

# What bash does with a tab after the words, by bash-completion's own loader.
BASH = """
. """ + BASH_COMPLETION + """
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
_completion_loader "$1"
set -- $(complete -p onehopctl)
while [ "$1" != -F ]; do shift; done
"$2" "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" \
    "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


USAGE = verbs()


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Where bash-completion finds what make install puts there."""
    if not os.path.exists(BASH_COMPLETION):
        pytest.skip("needs bash-completion")
    directory = tmp_path_factory.mktemp("data")
    completions = directory / "bash-completion" / "completions"
    completions.mkdir(parents=True)
    shutil.copy(COMPLETION / "onehopctl.bash", completions)
    return directory


@pytest.fixture
def complete(data):
    def offered(*words, directory=None):
        result = run(["bash", "--norc", "-c", BASH, "bash",
                      program("onehopctl"), *words], cwd=directory or data,
                     env=environment(XDG_DATA_DIRS=str(data)))
        assert (result.status, result.stderr) == (0, "")
        return result.stdout.split()
    return offered


def test_every_verb_is_offered(complete):
    assert len(USAGE) >= 6
    assert set(complete("")) == set(USAGE)


def test_the_beginning_of_a_verb_counts(complete):
    assert complete("re") == [verb for verb in USAGE if verb.startswith("re")]
    assert complete("-") == ["-C", "--help", "--version"]


@pytest.mark.parametrize("verb", USAGE)
def test_every_option_and_word_of_a_verb_is_offered(complete, verb):
    assert set(complete(verb, "-")) == options(USAGE[verb])
    rest = re.sub(r"\[-[^]]*\]", "", USAGE[verb])
    words = set(re.findall(r"(?<![-\w])[a-z]+(?![-\w])", rest))
    assert words <= set(complete(verb, ""))
    for option, values in re.findall(r"(-[-\w]+) ((?:[a-z]+\|)+[a-z]+)",
                                     USAGE[verb]):
        assert complete(verb, option, "") == values.split("|")


def test_ids_are_those_in_the_spool(site, complete):
    for _ in range(3):
        site.submit("a@example.net")
    ids = site.spool.names("new")
    configured = ("-C", str(site.configuration))
    assert sorted(complete(*configured, "show", "")) == sorted([*ids, "ALL"])
    assert complete(*configured, "retry", ids[1]) == [ids[1]]
    assert complete(*configured, "retry", ids[0], "A") == ["ALL"]
    assert ids[0] not in complete(*configured, "config", "")


def test_a_queue_that_may_not_be_read_has_no_ids(site, complete):
    site.configure(spool=site.directory / "none")
    assert complete("-C", str(site.configuration), "show", "") == ["ALL"]


def test_very_many_ids_are_not_all_shown(site, complete):
    site.submit("a@example.net")
    first = int(site.spool.names("new")[0], 16)
    for number in range(1, 2000):
        (site.spool.path / "new" / f"{first + number:013X}").touch()
    configured = ("-C", str(site.configuration))
    assert 500 <= len(complete(*configured, "show", "")) <= 501


def test_files_follow_C(complete, tmp_path):
    (tmp_path / "mine.conf").touch()
    assert complete("-C", "mi", directory=tmp_path) == ["mine.conf"]
    assert complete("-C", "mine.conf", "li", directory=tmp_path) == ["list"]


def type_into(command, keys, expected, **variables):
    """Types the keys into an interactive shell until it shows expected."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe(command[0], command, environment(
            TERM="dumb", HOME="/nonexistent", **variables))
    shown, end = "", time.monotonic() + PATIENCE
    try:
        os.write(terminal, keys.encode())
        while expected not in shown:
            assert time.monotonic() < end, shown
            if select.select([terminal], [], [], 1)[0]:
                shown += os.read(terminal, 65536).decode(errors="replace")
    finally:
        os.close(terminal)
        os.kill(pid, 9)
        os.waitpid(pid, 0)


def test_the_tab_key_of_bash(data):
    path = os.path.dirname(program("onehopctl")) + ":/usr/bin:/bin"
    type_into(["bash", "--norc", "-i"],
              f". {BASH_COMPLETION}\nonehopctl confi\t | cat -A\n",
              "# helo is not set$", PATH=path, XDG_DATA_DIRS=str(data))


def test_the_tab_key_of_zsh(tmp_path):
    if not shutil.which("zsh"):
        pytest.skip("needs zsh")
    path = os.path.dirname(program("onehopctl")) + ":/usr/bin:/bin"
    type_into(["zsh", "-f", "-i"],
              f"fpath=({COMPLETION} $fpath); autoload -Uz compinit; "
              f"compinit -u -d {tmp_path}/dump\nonehopctl confi\t | cat -A\n",
              "# helo is not set$", PATH=path)


def test_the_words_of_fish(tmp_path):
    if not shutil.which("fish"):
        pytest.skip("needs fish")
    for line, words in [("onehopctl ", set(USAGE)),
                        *((f"onehopctl {verb} -", options(USAGE[verb]))
                          for verb in USAGE)]:
        result = run(["fish", "-N", "-c",
                      f"set PATH {os.path.dirname(program('onehopctl'))} "
                      f"$PATH; source {COMPLETION}/onehopctl.fish; "
                      f"complete -C '{line}'"],
                     env=environment(HOME=str(tmp_path)))
        assert (result.status, result.stderr) == (0, "")
        assert words <= set(result.stdout.split())
