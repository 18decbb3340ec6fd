"""Requirements 54 to 57: the queue, aliases, daemons, verification."""

import os
import re
import signal
import subprocess

import pytest

from checks import DATAERR, OK, ONE, TEXT, TWO, UNAVAILABLE, USAGE, \
    Running, refuse, taken
from harness import program, run, wait_until
from script import reply

QUEUE = [["-bp"], ["-bp", "-Ac"], ["-bp", "-v"], ["-v", "-bp"], ["-bpc"],
         ["-Am", "-bp"], ["-bp", "-oem"]]
KBYTES = re.compile(r"^-- (\d+) Kbytes? in (\d+) Requests?\.?$", re.M)
TOTAL = re.compile(r"^\s+Total requests: (\d+)$", re.M)


def listing(site, *arguments, **options):
    result = site.sendmail(*(arguments or ("-bp",)), input=b"", **options)
    assert (result.status, result.stderr) == (OK, ""), result
    return result.stdout


# 54: -bp lists the queue for everybody in the words that monitoring knows.

@pytest.mark.parametrize("arguments", QUEUE)
def test_r54_an_empty_queue(site, arguments):
    assert "Mail queue is empty" in listing(site, *arguments).splitlines()


def test_r54_an_empty_queue_that_is_there(site):
    site.submit(ONE)
    site.spool.only("new").unlink()
    assert "Mail queue is empty" in listing(site).splitlines()


@pytest.mark.parametrize("arguments", QUEUE)
def test_r54_one_block_for_each_message(site, arguments):
    site.submit("-f", "me@example.com", ONE, TWO, input=b"\n" + b"x\n" * 3000)
    site.submit("-f", "", TWO)
    text = listing(site, *arguments)
    assert TOTAL.findall(text) == ["2"]
    [(kbytes, requests)] = KBYTES.findall(text)
    assert int(kbytes) >= 9 and requests == "2"
    for name in site.spool.names("new"):
        assert name in text
    assert text.count(ONE) == 1 and text.count(TWO) == 2
    assert "me@example.com" in text and "empty" not in text


def test_r54_mailq_is_the_same(site):
    assert site.mailq().stdout == listing(site)
    site.submit(ONE)
    assert site.mailq().stdout == listing(site)
    assert TOTAL.findall(site.mailq().stdout) == ["1"]


def test_r54_stdin_is_not_read(site):
    with Running(site, "-bp") as sendmail:
        assert sendmail.process.wait(60) == 0


def test_r54_an_ordinary_user_sees_counts_and_his_own(site_of_nobody):
    """The queue is root's; nobody's message came through the flusher."""
    site = site_of_nobody
    os.chown(site.directory, 0, 0)
    site.submit("-f", "root@example.com", ONE)
    [others] = site.spool.names("new")
    flusher = site.flusher()
    wait_until((site.spool.path / "submit").exists, "the socket")
    result = site.sendmail("-f", "me@example.com", TWO, **site.user)
    assert (result.status, result.stdout, result.stderr) == (OK, "", "")
    [own] = {path.name.partition(".")[0]
             for path in site.spool.files("new", "cur")} - {others}
    for command in (["sendmail", "-bp"], ["mailq"]):
        result = run([program(command[0]), "-C", str(site.configuration),
                      *command[1:]], **site.user)
        assert (result.status, result.stderr) == (OK, "")
        assert TOTAL.findall(result.stdout) == ["2"]
        assert own in result.stdout and TWO in result.stdout
        assert ONE not in result.stdout and "root@" not in result.stdout
    assert flusher.stop() == 0


def test_r54_an_ordinary_user_and_no_flusher(site_of_nobody):
    """Nothing true can be said of the queue then; that is said, if at all."""
    site = site_of_nobody
    os.chown(site.directory, 0, 0)
    site.submit(ONE)
    for result in (site.sendmail("-bp", input=b"", **site.user),
                   site.mailq(**site.user)):
        assert result.status in (OK, UNAVAILABLE), result
        assert "empty" not in result.stdout and ONE not in result.stdout
        assert result.stderr.count("\n") == (result.status != OK)


# 55: -bi, -I and newaliases: 0, silent, whatever follows.

@pytest.mark.parametrize("arguments", [["-bi"], ["-I"], ["-bi", ""],
                                       ["-I", "-v"], ["-bi", "-oA/x"]])
def test_r55_aliases_need_no_rebuilding(site, arguments):
    result = site.sendmail(*arguments)
    assert (result.status, result.stdout, result.stderr) == (OK, "", "")
    assert site.spool.names() == []


@pytest.mark.parametrize("arguments", [[], [""], ["x", "y"], ["-v"],
                                       ["-Z"], ["--", "a"]])
def test_r55_newaliases_with_any_arguments(arguments):
    result = run([program("newaliases"), *arguments])
    assert (result.status, result.stdout, result.stderr) == (OK, "", "")


@pytest.mark.parametrize("arguments", [["-bi"], ["-I"]])
def test_r55_stdin_is_not_read(site, arguments):
    with Running(site, *arguments) as sendmail:
        assert sendmail.process.wait(60) == 0


# 56: -q runs the queue once; daemons are for root and the spool's owner.

@pytest.mark.parametrize("option", ["-q", "-qf", "-qRexample", "-qSme",
                                    "-qI1234", "-qGgroup", "-q!Rx"])
def test_r56_q_tries_everything_now(site, relayed, option):
    relayed(script={"mail": [reply("451 4.3.0 later")]})
    site.configure(retry_min="1h", retry_max="2h")
    flusher = site.flusher()
    site.submit(ONE)
    wait_until(lambda: site.spool.names("cur"), "a deferred message")
    with Running(site, option) as sendmail:
        assert sendmail.process.wait(60) == OK
        assert sendmail.process.stdout.read() == b""
        assert sendmail.process.stderr.read() == b""
    wait_until(lambda: site.host.messages, "the message at the smarthost")
    assert flusher.stop() == 0
    assert len(site.host.messages) == 1


def test_r56_q_takes_no_message(site):
    site.sendmail("-q", ONE, input=TEXT)
    assert site.spool.names("new", "cur", "tmp") == []


@pytest.mark.parametrize("option", ["-bd", "-bD", "-q15m", "-q1h30m",
                                    "-bd -q30m", "-q5"])
def test_r56_no_daemon_for_others(site_of_nobody, option):
    site = site_of_nobody
    os.chown(site.directory, 0, 0)
    site.submit(ONE)
    [name] = site.spool.names("new")
    result = site.sendmail(*option.split(), input=TEXT, **site.user)
    assert (result.status, result.stdout) == (USAGE, "")
    assert result.stderr.startswith("sendmail: ")
    assert site.spool.names("new") == [name]
    assert flushers(site) == []


def flushers(site):
    """The process IDs of all flushers of this site."""
    found = subprocess.run(["pgrep", "-f", f"onehop-flush.*{site.directory}"],
                           capture_output=True, text=True)
    return [int(word) for word in found.stdout.split()]


@pytest.mark.parametrize("options", [["-bd"], ["-q15m"], ["-bd", "-q30m"]])
def test_r56_a_daemon_for_the_owner(site, options):
    site.submit(ONE)
    result = site.sendmail(*options, input=TEXT)
    try:
        assert (result.status, result.stdout, result.stderr) == (OK, "", "")
        wait_until(lambda: flushers(site), "a flusher")
        assert len(site.spool.names("new", "cur")) == 1
    finally:
        for pid in flushers(site):
            os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not flushers(site), "the end of the flusher")


# 57: -bv verifies and never sends; -bm and -ba are as without.

@pytest.mark.parametrize("words", [[ONE], [ONE, TWO], ["root"],
                                   ["Full Name <one@example.net>"]])
def test_r57_bv_says_what_is_deliverable(site, words):
    result = site.sendmail("-bv", *words, input=TEXT)
    assert (result.status, result.stderr) == (OK, "")
    lines = result.stdout.splitlines()
    assert len(lines) == len(words)
    for line in lines:
        assert re.search(r"\.\.\. deliverable: ", line)
    assert site.spool.names() == []


@pytest.mark.parametrize("word", ["a@", "@example.net", "|cmd", "<>",
                                  "a\x01@b", "a@b@example.net"])
def test_r57_bv_and_malformed_addresses(site, word):
    result = site.sendmail("-bv", "--", ONE, word)
    assert result.status == DATAERR
    assert site.spool.names() == []


def test_r57_bv_reads_no_stdin(site):
    with Running(site, "-bv", ONE) as sendmail:
        assert sendmail.process.wait(60) == 0


@pytest.mark.parametrize("option", ["-bt", "-bh", "-bH", "-bP", "-bz", "-b",
                                    "-bx", "-bC", "-bS1"])
def test_r57_other_modes_are_refused(site, option):
    refuse(site, option, *([] if option == "-b" else [ONE]), status=USAGE)


@pytest.mark.parametrize("option", [["-bm"], ["-ba"], ["-b", "m"]])
def test_r57_the_usual_mode(site, option):
    assert taken(site, *option, ONE).recipients == [ONE]
