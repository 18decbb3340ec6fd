"""Requirements 1 to 9: names and the command line."""

import array
import fcntl
import os
import string
import sys
import termios

import pytest

from checks import DOTS, ONE, TWO, USAGE, Running, call, refuse, taken
from harness import BUILD, body, environment, field, program, run


# 1: it is installed under all its names, and the name chooses what it does.

def test_r01_installed_under_its_names(tmp_path):
    if not os.access(BUILD / "Makefile", os.W_OK):
        pytest.skip("not a build directory of whoever runs this")
    result = run(["make", "-s", "-C", str(BUILD), "install", "prefix=/usr",
                  f"DESTDIR={tmp_path}"])
    assert result.status == 0, result
    usr = tmp_path / "usr"
    assert os.access(usr / "sbin/sendmail", os.X_OK)
    assert os.readlink(usr / "lib/sendmail") == "/usr/sbin/sendmail"
    assert os.readlink(usr / "bin/newaliases") == "/usr/sbin/sendmail"
    assert (usr / "bin/mailq").is_symlink()
    target = os.readlink(usr / "bin/mailq")
    assert os.access(f"{tmp_path}{target}", os.X_OK)


@pytest.mark.parametrize("name", ["newaliases", "/usr/bin/newaliases",
                                  "/no/such/path/newaliases", "./newaliases"])
def test_r01_newaliases_by_the_base_name(site, name):
    result = run([name, "-C", str(site.configuration)],
                 executable=program("sendmail"))
    assert (result.status, result.stdout, result.stderr) == (0, "", "")
    assert site.spool.names() == []


@pytest.mark.parametrize("name", ["mailq", "/usr/bin/mailq", "./mailq"])
def test_r01_mailq_by_the_base_name(site, name):
    result = run([name, "-C", str(site.configuration)],
                 executable=program("mailq"))
    assert (result.status, result.stderr) == (0, "")
    assert "Mail queue is empty" in result.stdout


# 2: argv[0] may be anything and is no path to anything.

@pytest.mark.parametrize("name", [
    "sendmail", "/usr/sbin/sendmail", "/usr/lib/sendmail", "/sbin/sendmail",
    "/no/such/directory/sendmail", "", "/", "-sendmail", "msmtp",
    pytest.param("x" * 5000, id="long")])
def test_r02_any_name_takes_a_message(site, name):
    result = call(site, ONE, name=name, cwd="/")
    assert (result.status, result.stdout, result.stderr) == (0, "", "")
    assert site.spool.entry("new").recipients == [ONE]


def test_r02_found_through_PATH(site):
    env = environment(PATH=str(BUILD))
    result = run(["/bin/sh", "-c",
                  f"exec sendmail -C {site.configuration} {ONE}"], env=env)
    assert (result.status, result.stderr) == (0, "")
    assert site.spool.entry("new").recipients == [ONE]


def test_r02_argc_0_does_not_crash():
    script = ("import ctypes, sys\n"
              "none = (ctypes.c_char_p * 1)(None)\n"
              "ctypes.CDLL(None).execve(sys.argv[1].encode(), none, none)\n"
              "sys.exit(99)\n")
    result = run([sys.executable, "-c", script, program("sendmail")])
    assert result.status == USAGE
    assert result.stderr.startswith("sendmail: ")


# 3: the rules of getopt: clusters, values attached or not, "--".

@pytest.mark.parametrize("options", [
    ["-ti"], ["-it"], ["-tiv"], ["-itf", "me@example.com"], ["-i", "-t"],
    ["-titi"], ["-tiGmnx"], ["-ti", "--"], ["-tioi"], ["-tio", "i"]])
def test_r03_short_options_cluster(site, options):
    text = b"To: one@example.net\n\nbefore\n.\nafter\n"
    result = site.sendmail(*options, input=text)
    assert (result.status, result.stderr) == (0, "")
    entry = site.spool.entry("new")
    assert entry.recipients == [ONE]
    assert body(entry.message) == b"before\r\n.\r\nafter\r\n"


@pytest.mark.parametrize("letter, value", [
    ("B", "8BITMIME"), ("F", "name"), ("f", "me@example.com"), ("h", "5"),
    ("L", "tag"), ("N", "never"), ("O", "Name=value"), ("o", "em"),
    ("p", "SMTP:host"), ("R", "hdrs"), ("r", "me@example.com"), ("V", "id"),
    ("X", "/nonexistent/file")])
@pytest.mark.parametrize("attached", [True, False])
def test_r03_values_are_attached_or_the_next_word(site, letter, value,
                                                  attached):
    words = [f"-{letter}{value}"] if attached else [f"-{letter}", value]
    entry = taken(site, *words, "-i", ONE, input=DOTS)
    assert entry.recipients == [ONE]
    assert body(entry.message) == b"before\r\n.\r\nafter\r\n"


@pytest.mark.parametrize("letter, value", [
    ("f", "me@example.com"), ("r", "me@example.com"), ("F", "Me")])
def test_r03_the_value_of_a_cluster_is_its_rest(site, letter, value):
    entry = taken(site, f"-i{letter}{value}", ONE, input=DOTS)
    assert b"after" in entry.message
    shown = entry.sender if letter != "F" else field(entry.message, "from")[0]
    assert value in shown


@pytest.mark.parametrize("option", ["-A", "-e"])
def test_r03_values_that_are_attached_only_do_not_eat_a_word(site, option):
    assert taken(site, option, ONE).recipients == [ONE]


@pytest.mark.parametrize("letter", "BCDFLMNOVXRfhopr")
def test_r03_a_missing_value_is_a_usage_error(site, letter):
    refuse(site, f"-{letter}", status=USAGE, pattern=f"-{letter}")


@pytest.mark.parametrize("words, recipients", [
    (["--", ONE], [ONE]),
    (["-i", "--", ONE, TWO], [ONE, TWO]),
    (["--", "-i"], ["-i@example.org"]),
    (["--", "-f", ONE], ["-f@example.org", ONE]),
])
def test_r03_two_dashes_end_the_options(site, words, recipients):
    assert taken(site, *words).recipients == recipients


# 4: all letters of -o are accepted, attached or separate; i and d count.

def test_r04_every_letter_of_o_is_accepted_and_has_no_effect(site):
    letters = (string.ascii_letters + string.digits).replace("i", "")
    entry = taken(site, *(f"-o{letter}x" for letter in letters),
                  *(f"-o{letter}" for letter in letters), ONE, input=DOTS)
    assert entry.recipients == [ONE]
    assert body(entry.message) == b"before\r\n"


@pytest.mark.parametrize("words", [["-oi"], ["-o", "i"], ["-oi", "-oem"]])
def test_r04_o_i_makes_dots_text(site, words):
    entry = taken(site, *words, ONE, input=DOTS)
    assert body(entry.message) == b"before\r\n.\r\nafter\r\n"


@pytest.mark.parametrize("words", [
    ["-oem"], ["-o", "em"], ["-odb"], ["-o", "db"], ["-oMrESMTP"], ["-oQ/x"],
    ["-o", "Q/nonexistent"], ["-oA/etc/aliases"], ["-o7"], ["-oT3d"], ["-oo"],
    ["-om"], ["-ov"], ["-oY"], ["-o-"], ["-oem", "-ov", "-om"]])
def test_r04_other_o_options(site, words):
    entry = taken(site, *words, ONE, input=DOTS)
    assert entry.recipients == [ONE]
    assert body(entry.message) == b"before\r\n"


# 5: an empty value is a value, and so is one that looks like an option.

def test_r05_an_empty_F_is_no_name(site):
    entry = taken(site, "-F", "", "-f", "me@example.com", ONE)
    assert field(entry.message, "from") == ["me@example.com"]


def test_r05_an_empty_f_is_the_null_sender(site):
    assert taken(site, "-f", "", ONE).sender == ""
    assert site.spool.entry("new").recipients == [ONE]


def test_r05_an_option_is_a_value_where_one_is_due(site):
    entry = taken(site, "-f", "-i", ONE, input=DOTS)
    assert entry.sender == "-i@example.org"
    assert body(entry.message) == b"before\r\n"


def test_r05_two_dashes_are_a_value_where_one_is_due(site):
    entry = taken(site, "-F", "--", "-f", "me@example.com", "-i", ONE,
                  input=DOTS)
    assert field(entry.message, "from") == ["-- <me@example.com>"]
    assert b"after" in entry.message


# 6: options end at the first other word; no list of recipients injects one.

@pytest.mark.parametrize("words", [
    [ONE, "-t"], [ONE, "-i"], [ONE, "-f", "evil@example.com"],
    [ONE, "-C/etc/passwd"], [ONE, "-bs"], [ONE, TWO, "-odb"],
    [ONE, "--help"], ["", "-t"]])
def test_r06_a_dash_after_a_recipient_is_refused(site, words):
    dashed = next(word for word in words if word.startswith("-"))
    refuse(site, *words, status=USAGE, pattern=dashed,
           input=b"To: three@example.net\n\ntext\n")


@pytest.mark.parametrize("word, recipient", [
    ("-dash@example.net", "-dash@example.net"), ("-t", "-t@example.org"),
    ("--help", "--help@example.org"), ("-f", "-f@example.org")])
def test_r06_after_two_dashes_a_dash_is_part_of_the_address(site, word,
                                                            recipient):
    entry = taken(site, "--", word, TWO,
                  input=b"To: three@example.net\n\ntext\n")
    assert entry.recipients == [recipient, TWO]


# 7: options may be repeated; the last -f, -r and -F count.

@pytest.mark.parametrize("words", [
    ["-f", "a@example.com", "-f", "me@example.com"],
    ["-f", "a@example.com", "-odb", "-fme@example.com", "-i"],
    ["-r", "a@example.com", "-f", "me@example.com"],
    ["-f", "a@example.com", "-rme@example.com"],
    ["-f", "", "-f", "me@example.com"],
    ["-f", "malformed@", "-f", "me@example.com"]])
def test_r07_the_last_sender_wins(site, words):
    assert taken(site, *words, ONE).sender == "me@example.com"


def test_r07_the_last_name_wins(site):
    entry = taken(site, "-FFirst", "-F", "Last", "-f", "me@example.com", ONE)
    assert field(entry.message, "from") == ["Last <me@example.com>"]


def test_r07_t_and_i_twice(site):
    entry = taken(site, "-t", "-i", "-oi", "-fme@example.com", "-t",
                  input=b"To: one@example.net\n\n.\nafter\n")
    assert entry.recipients == [ONE]
    assert body(entry.message) == b".\r\nafter\r\n"


# 8: an unknown option: 64, one line that names it, nothing sent.

@pytest.mark.parametrize("words, named", [
    (["-Z"], "-Z"), (["-iZ"], "-Z"), (["-Y", "x"], "-Y"), (["-1"], "-1"),
    (["-tiZ"], "-Z"), (["--recipients"], "--recipients"), (["-?"], r"-\?"),
    (["-\xe9"], ""), (["-k"], "-k"), (["-a"], "-a"), (["-bZ"], "-bZ"),
    (["-bd"], ""), (["-bx"], "-bx")])
def test_r08_an_unknown_option_is_refused(site_of_nobody, words, named):
    site = site_of_nobody
    refuse(site, *words, ONE, status=USAGE, pattern=named,
           input=b"To: three@example.net\n\ntext\n", **site.user)


# 9: help and version are text on stdout, and stdin is not read.

@pytest.mark.parametrize("option", ["--help", "--version"])
def test_r09_help_and_version_read_no_input(site, option):
    with Running(site, option) as sendmail:
        status = sendmail.process.wait(60)
        stdout = sendmail.process.stdout.read()
        assert (status, sendmail.process.stderr.read()) == (0, b"")
    assert stdout.endswith(b"\n") and b"sendmail" in stdout
    assert site.spool.names() == []


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_r09_stdin_is_left_for_the_next_reader(site, option):
    reader, writer = os.pipe()
    os.write(writer, b"12345678")
    result = run([program("sendmail"), option], reader)
    waiting = array.array("i", [0])
    fcntl.ioctl(reader, termios.FIONREAD, waiting)
    os.close(reader)
    os.close(writer)
    assert result.status == 0
    assert waiting[0] == 8
