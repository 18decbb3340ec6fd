"""Who may send, and what the log says about who did."""

import os
import pwd
import re
import shlex
import sys

import pytest

import harness
from harness import field

ME = pwd.getpwuid(os.getuid()).pw_name


@pytest.mark.parametrize("settings, allowed", [
    ({"submit_users": ME}, True),
    ({"submit_users": f"nobody {ME} daemon"}, True),
    ({"submit_users": f"nobody\t{os.getuid()}"}, True),
    ({"submit_users": "nobody daemon"}, False),
    ({"submit_users": f"{ME}x x{ME}"}, False),
    ({"deny_users": "nobody daemon"}, True),
    ({"deny_users": f"daemon {ME}"}, False),
    ({"deny_users": str(os.getuid())}, False),
    ({"submit_users": ME, "deny_users": ME}, False),
])
def test_users(site, settings, allowed):
    site.configure(**settings)
    if allowed:
        site.submit("a@example.net")
        assert len(site.spool.files()) == 1
    else:
        result = site.sendmail("a@example.net")
        assert (result.status, result.stdout) == (77, "")
        keyword = list(settings)[-1].replace("_", "-")
        assert result.stderr.startswith(f"sendmail: user {ME} may not send")
        assert keyword in result.stderr and result.stderr.count("\n") == 1
        assert site.spool.files() == []


def test_log_names_program_parent_and_directory(site, syslog, tmp_path):
    directory = tmp_path / "web"
    directory.mkdir()
    command = shlex.join([harness.program("sendmail"), "-C",
                          str(site.configuration), "a@example.net"])
    # The assignment keeps the shell from becoming sendmail.
    harness.run(["/bin/dash", "-c", command + "; x=$?; exit $x"],
                b"Subject: x\n\nx\n", cwd=directory)
    [line] = [each for each in syslog() if "uid=" in each]
    assert f"uid={os.getuid()} from=<{ME}@example.org>" in line
    assert f" program={os.path.realpath('/bin/dash')} " in line
    # From another root, the path begins there.
    python = re.escape(os.path.realpath(sys.executable))
    assert re.search(rf" parent=\S*{python} ", line)
    assert line.rstrip("\0\n").endswith(f" cwd={directory}")


def test_log_stays_one_line_whatever_the_directory(site, syslog, tmp_path):
    directory = tmp_path / "a\nb\x1b[31m"
    directory.mkdir()
    site.submit("a@example.net", cwd=directory)
    [line] = [each for each in syslog() if "uid=" in each]
    assert "cwd=" in line
    assert all(char.isprintable() for char in line.rstrip("\0\n"))


def test_directory_that_is_gone(site, syslog, tmp_path):
    directory = tmp_path / "gone"
    directory.mkdir()
    site.submit("a@example.net", cwd=directory,
                preexec_fn=lambda: os.rmdir(directory))
    [line] = [each for each in syslog() if "uid=" in each]
    assert "program=" in line


def test_originating_script_is_kept(site):
    site.submit("a@example.net", input=(
        b"X-PHP-Originating-Script: 33:contact.php\nSubject: x\n\nx\n"))
    entry = site.spool.entry()
    assert field(entry.message, "x-php-originating-script") == [
        "33:contact.php"]
    [received] = field(entry.message, "received")
    assert f"from userid {os.getuid()})" in received
