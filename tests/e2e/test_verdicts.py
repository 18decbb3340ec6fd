"""Replies about a recipient or a message: who is failed, deferred, delivered.

A 4xx defers and a 5xx fails exactly those whom the reply is about; nobody
gets a message twice.
"""

import time

import pytest

from script import reply

GOOD, BAD, LATER = "good@example.net", "bad@example.net", "later@example.net"
# Whoever is not there is not told: it stays in failed/.
NOBODY = ("-f", "<>")
KEYWORDS = {"alone": [], "pipelining": ["PIPELINING"],
            "chunking": ["PIPELINING", "CHUNKING"]}
PERMANENT = reply("554-5.7.1 not this", "554 5.7.1 message")
TEMPORARY = reply("451 4.3.0 not now")


@pytest.fixture(params=KEYWORDS.values(), ids=KEYWORDS)
def keywords(request):
    return request.param


def test_one_of_three_fails_and_one_is_retried_alone(site, smarthost,
                                                     keywords):
    host = smarthost(keywords=keywords, script={
        f"rcpt:{BAD}": reply("550 5.1.1 no such user"),
        f"rcpt:{LATER}": [reply("450 4.2.1 mailbox busy")]})
    site.use(host)
    site.submit(*NOBODY, GOOD, BAD, LATER)
    [name] = site.spool.names("new")
    message = site.spool.message("new")

    status, log = site.flush()
    assert status == 75
    assert [m.recipients for m in host.messages] == [[GOOD]]
    assert site.spool.entry("cur").states == {GOOD: "D", BAD: "F", LATER: "-"}
    assert log.lines(f"{name}: to=<{GOOD}>.*dsn=2.*status=sent")
    assert log.lines(f"{name}: to=<{BAD}>.*dsn=5.1.1, status=bounced "
                     r"\(.*550 5.1.1 no such user")
    assert log.lines(f"{name}: to=<{LATER}>.*dsn=4.2.1, status=deferred "
                     r"\(.*450 4.2.1 mailbox busy")
    assert not log.lines("removed")

    status, log = site.flush()
    assert status == 0
    assert [m.recipients for m in host.messages] == [[GOOD], [LATER]]
    assert {m.data for m in host.messages} == {message}
    assert not log.lines(f"to=<({GOOD}|{BAD})>")
    assert site.spool.names("new", "cur") == []
    assert site.spool.entry("failed").states == {
        GOOD: "D", BAD: "F", LATER: "D"}


def test_a_running_flusher_retries_by_itself(site, smarthost):
    host = smarthost(script={"rcpt": [TEMPORARY]})
    site.use(host)
    flusher = site.flusher()
    site.submit(GOOD)
    flusher.log.wait_for("removed")
    assert len(host.messages) == 1
    assert len(flusher.log.lines("status=deferred")) == 1


def test_when_all_recipients_fail_no_data_is_sent(site, smarthost, keywords):
    host = smarthost(keywords=keywords, script={"rcpt": PERMANENT})
    site.use(host)
    site.submit(*NOBODY, GOOD, BAD)
    site.submit(*NOBODY, LATER)
    status, log = site.flush()
    assert status == 0
    assert host.messages == [] and len(host.sessions) == 1
    assert len(log.lines("status=bounced")) == 3
    assert len(site.spool.names("failed")) == 2


@pytest.mark.parametrize("step", ["mail", "data", "end"])
def test_a_permanent_reply_fails_all_recipients(site, smarthost, keywords,
                                                step):
    if step == "data" and "CHUNKING" in keywords:
        step = "end"
    host = smarthost(keywords=keywords, script={step: [PERMANENT]})
    site.use(host, connections=1)
    site.submit(*NOBODY, GOOD, BAD)
    first = site.spool.names("new")[0]
    site.submit(LATER)
    status, log = site.flush()
    assert status == 0
    assert site.spool.entry("failed").states == {GOOD: "F", BAD: "F"}
    assert len(log.lines(f"{first}: to=.*dsn=5.7.1, status=bounced "
                         ".*not this.*message")) == 2
    assert [m.recipients for m in host.messages] == [[LATER]]
    assert len(host.sessions) == 1


@pytest.mark.parametrize("step", ["mail", "data", "end"])
def test_a_temporary_reply_defers_all_recipients(site, smarthost, keywords,
                                                 step):
    if step == "data" and "CHUNKING" in keywords:
        step = "end"
    host = smarthost(keywords=keywords, script={step: [TEMPORARY]})
    site.use(host, connections=1)
    site.submit(GOOD, BAD)
    first = site.spool.names("new")[0]
    site.submit(LATER)
    status, log = site.flush()
    assert status == 75
    assert site.spool.entry("cur").states == {GOOD: "-", BAD: "-"}
    assert len(log.lines(f"{first}: to=.*dsn=4.3.0, status=deferred")) == 2
    assert [m.recipients for m in host.messages] == [[LATER]]
    assert site.flush()[0] == 0
    assert host.messages[1].recipients == [GOOD, BAD]
    assert site.spool.names() == []


def test_a_chunk_that_is_refused(site, smarthost):
    host = smarthost(keywords=["CHUNKING"], script={
        "bdat": [reply("452 4.3.1 no space")], "end": [TEMPORARY]})
    site.use(host)
    site.submit(GOOD, input=b"\n" + b"x" * 3000000)
    status, _ = site.flush()
    assert status == 75
    assert site.spool.entry("cur").states == {GOOD: "-"}
    assert site.flush()[0] == 0


def test_552_for_a_recipient_is_temporary(site, smarthost):
    """RFC 5321, section 4.5.3.1.10; with 5.2.2 its mailbox is full."""
    host = smarthost(script={f"rcpt:{LATER}": [reply("552 5.2.2 full")]})
    site.use(host)
    site.submit(GOOD, LATER)
    assert site.flush()[0] == 75
    assert site.flush()[0] == 0
    assert [m.recipients for m in host.messages] == [[GOOD], [LATER]]


def test_452_for_the_rest_sends_them_after(site, smarthost):
    host = smarthost(script={
        "rcpt": [None] * 3 + [reply("452 4.5.3 too many recipients")] * 2})
    site.use(host)
    names = [f"user{number}@example.net" for number in range(5)]
    site.submit(*names)
    for attempt in range(5):
        if site.flush()[0] == 0:
            break
    arrived = [name for m in host.messages for name in m.recipients]
    assert sorted(arrived) == names


def test_the_deferral_backs_off(site, smarthost):
    host = smarthost(script={"mail": TEMPORARY})
    site.use(host, retry_min="1h", retry_max="4h")
    before = int(time.time())
    site.submit(GOOD)
    site.flush()
    [name] = site.spool.names("cur")
    due = int(name.partition(".")[2])
    assert before + 3600 * 0.5 <= due <= time.time() + 3600 * 2


def test_a_deferred_message_waits_for_its_time(site, smarthost):
    host = smarthost(script={f"rcpt:{LATER}": [TEMPORARY]})
    site.use(host, retry_min="1h")
    site.submit(LATER)
    site.flush()
    flusher = site.flusher()
    site.submit(GOOD)
    flusher.log.wait_for("removed")
    assert [m.recipients for m in host.messages] == [[GOOD]]
    assert len(site.spool.names("cur")) == 1


def test_after_its_lifetime_a_message_fails(site, smarthost):
    host = smarthost(script={"rcpt": TEMPORARY})
    site.use(host, lifetime="1s")
    flusher = site.flusher()
    site.submit(*NOBODY, GOOD)
    flusher.log.wait_for(f"to=<{GOOD}>.*status=bounced")
    flusher.log.wait_for("kept in failed/")
    assert site.spool.entry("failed").states == {GOOD: "F"}
    assert site.spool.names("new", "cur") == []


def test_a_refused_rset_or_quit_harms_no_message(site, smarthost):
    host = smarthost(script={"rset": reply("500 no"), "quit": reply("500 no"),
                             f"rcpt:{BAD}": PERMANENT})
    site.use(host)
    for recipient in (BAD, GOOD, BAD, LATER):
        site.submit(*NOBODY, recipient)
    for attempt in range(5):
        if site.flush()[0] == 0:
            break
    assert sorted(m.recipients[0] for m in host.messages) == [GOOD, LATER]
    assert len(site.spool.names("failed")) == 2
