"""Every option that a sendmail has ever had, and what it does here.

A table: the words, what they come to, and for those that are accepted the
envelope and the body of a message that has a lone dot in it.
"""

import pytest

from checks import LOGIN, OK, ONE, TWO, USAGE, assert_refused
from harness import body, field

ME = "me@example.com"
OWN = f"{LOGIN}@example.org"
TEXT = (b"To: two@example.net\nSubject: x\n\nbefore\n.\nafter\n..\n")
CUT = b"before\r\n"
WHOLE = b"before\r\n.\r\nafter\r\n..\r\n"

# words, sender, recipients, body
ACCEPTED = [
    ([ONE], OWN, [ONE], CUT),
    # Recipients.
    (["-t"], OWN, [TWO], CUT),
    (["-t", ONE], OWN, {ONE, TWO}, CUT),
    (["-t", TWO], OWN, [TWO], CUT),
    (["-t", "-i", "--", TWO, ONE], OWN, {ONE, TWO}, WHOLE),
    # Dots.
    (["-i", ONE], OWN, [ONE], WHOLE),
    (["-oi", ONE], OWN, [ONE], WHOLE),
    (["-o", "i", ONE], OWN, [ONE], WHOLE),
    (["-O", "IgnoreDots=true", ONE], OWN, [ONE], WHOLE),
    (["-OIgnoreDots=true", ONE], OWN, [ONE], WHOLE),
    (["-O", "IgnoreDots", ONE], OWN, [ONE], WHOLE),
    (["-ti"], OWN, [TWO], WHOLE), (["-it"], OWN, [TWO], WHOLE),
    # How errors are reported.
    *((["-oe" + letter, ONE], OWN, [ONE], CUT) for letter in "mpeqw"),
    *((["-e" + letter, ONE], OWN, [ONE], CUT) for letter in "mpeqw"),
    # How it is delivered.
    *((["-od" + letter, ONE], OWN, [ONE], CUT) for letter in "bifqd"),
    # Old options and long ones.
    *((["-o" + rest, ONE], OWN, [ONE], CUT) for rest in (
        "m", "v", "o", "MrX", "Q/nonexistent", "A/nonexistent", "7", "T3d",
        "L9", "X", "8pass", "K=V")),
    (["-O", "DeliveryMode=b", ONE], OWN, [ONE], CUT),
    (["-ODeliveryMode=q", ONE], OWN, [ONE], CUT),
    (["-O", "NoSuchOption=x", ONE], OWN, [ONE], CUT),
    (["-O", "", ONE], OWN, [ONE], CUT),
    (["-OQueueDirectory=/nonexistent", ONE], OWN, [ONE], CUT),
    # The sender.
    (["-f", ME, ONE], ME, [ONE], CUT), ([f"-f{ME}", ONE], ME, [ONE], CUT),
    (["-r", ME, ONE], ME, [ONE], CUT), ([f"-r{ME}", ONE], ME, [ONE], CUT),
    (["-f", "", ONE], "", [ONE], CUT), (["-f", "<>", ONE], "", [ONE], CUT),
    (["-f<>", ONE], "", [ONE], CUT), (["-r", "", ONE], "", [ONE], CUT),
    (["-f", f"<{ME}>", ONE], ME, [ONE], CUT),
    (["-f", f"N <{ME}>", ONE], ME, [ONE], CUT),
    (["-f", f"{ME} (N)", ONE], ME, [ONE], CUT),
    (["-f", "user", ONE], "user@example.org", [ONE], CUT),
    (["-f", "a@example.com", "-f", ME, ONE], ME, [ONE], CUT),
    (["-fhost!u@example.com", ONE], "host!u@example.com", [ONE], CUT),
    # The type of the body.
    *((words + [ONE], OWN, [ONE], CUT) for words in (
        ["-B8BITMIME"], ["-B", "8BITMIME"], ["-B8bitmime"], ["-B7BIT"],
        ["-BFOO"], ["-B", "BINARYMIME"], ["-B", ""])),
    # What to tell of the delivery.
    *((words + [ONE], OWN, [ONE], CUT) for words in (
        ["-N", "success,failure"], ["-Nnever"], ["-N", "NEVER"],
        ["-R", "hdrs"], ["-Rfull"], ["-V", "id"], ["-Vid"],
        ["-N", "failure,delay", "-R", "full", "-V", "id"])),
    # The usual mode.
    (["-bm", ONE], OWN, [ONE], CUT), (["-b", "m", ONE], OWN, [ONE], CUT),
    (["-ba", ONE], OWN, [ONE], CUT),
    # Accepted and ignored.
    *((words + [ONE], OWN, [ONE], CUT) for words in (
        ["-G"], ["-U"], ["-m"], ["-n"], ["-s"], ["-x"], ["-A"], ["-Am"],
        ["-Ac"], ["-h", "5"], ["-h5"], ["-L", "tag"], ["-Ltag"],
        ["-pSMTP:h"], ["-p", "X"], ["-X", "/nonexistent/log"],
        ["-X/nonexistent/log"], ["-GUmnsx"])),
]

# words, and what of them the message on stderr has to name
REFUSED = [
    ([ONE, "-i"], "-i"), ([ONE, "-f", ME], "-f"), ([ONE, "-t"], "-t"),
    (["-d", ONE], "-d"), (["-d0.1", ONE], "-d"), (["-D", "x", ONE], "-D"),
    (["-Dx", ONE], "-D"), (["-M", "id", ONE], "-M"), (["-Mid"], "-M"),
    (["-Z", ONE], "-Z"), (["-W"], "-W"), (["-0"], "-0"),
    (["-bt", ONE], "-bt"), (["-bx", ONE], "-bx"), (["-bh", ONE], "-bh"),
    (["-b", "Z", ONE], "-bZ"), (["--nosuch"], "--nosuch"),
    (["-N", "bad", ONE], "-N|bad"), (["-R", "bad", ONE], "-R|bad"),
    (["-f"], "-f"), (["-F"], "-F"), (["-r"], "-r"), (["-O"], "-O"),
    (["-o"], "-o"), (["-N"], "-N"), (["-R"], "-R"), (["-V"], "-V"),
    (["-B"], "-B"), (["-h"], "-h"), (["-p"], "-p"), (["-L"], "-L"),
    (["-X"], "-X"), (["-b"], "-b"), (["-C"], "-C"), (["-ti", "-f"], "-f"),
    (["-tf"], "-f"), ([], "recipient"), (["-i"], "recipient"),
]

# words, and what is on stdout
SAYING = [
    (["--help"], "sendmail"), (["--version"], "sendmail"),
    (["-bp"], "Mail queue is empty"), (["-bp", "-v"], "Mail queue is empty"),
    (["-bpc"], "Mail queue is empty"), (["-bi"], ""), (["-I"], ""),
    (["-bv", ONE], f"{ONE}... deliverable: "),
    (["-bv", "-t", ONE], f"{ONE}... deliverable: "),
]


@pytest.mark.parametrize("words, sender, recipients, text", ACCEPTED)
def test_accepted(site, words, sender, recipients, text):
    site.submit(*words, input=TEXT)
    entry = site.spool.entry("new")
    assert entry.sender == sender
    assert recipients in (entry.recipients, set(entry.recipients))
    assert len(entry.recipients) == len(recipients)
    assert body(entry.message) == text
    assert field(entry.message, "to") == [TWO]


@pytest.mark.parametrize("words, named", REFUSED)
def test_refused(site, words, named):
    assert_refused(site, site.sendmail(*words, input=TEXT), USAGE, named)


@pytest.mark.parametrize("words, said", SAYING)
def test_says_something_and_sends_nothing(site, words, said):
    result = site.sendmail(*words, input=TEXT)
    assert (result.status, result.stderr) == (OK, "")
    assert said in result.stdout and bool(said) == bool(result.stdout)
    assert site.spool.names() == []


@pytest.mark.parametrize("words, author", [
    (["-F", "A Name"], f"A Name <{ME}>"), (["-FA Name"], f"A Name <{ME}>"),
    (["-F", ""], ME), (["-F", "x", "-F", ""], ME)])
def test_F_names_the_author_where_there_is_none(site, words, author):
    site.submit(*words, "-f", ME, ONE)
    assert field(site.spool.message("new"), "from") == [author]


def test_F_is_ignored_where_there_is_one(site):
    site.submit("-F", "A Name", ONE, input=b"From: a@example.org\n\n")
    assert field(site.spool.message("new"), "from") == ["a@example.org"]


def test_v_traces_and_sends(site):
    result = site.sendmail("-v", "-t", input=TEXT)
    assert (result.status, result.stderr) == (OK, "")
    assert site.spool.names("new")[0] in result.stdout
    assert site.spool.entry("new").recipients == [TWO]


def test_bs_needs_no_recipients(site):
    result = site.sendmail("-bs", input=b"QUIT\r\n")
    assert (result.status, result.stderr) == (OK, "")
    assert [line[:4] for line in result.stdout.splitlines()] == ["220 ",
                                                                 "221 "]
