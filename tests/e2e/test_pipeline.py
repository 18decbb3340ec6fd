"""Messages that follow each other on the wire, and how far they may."""

import collections
import re

import pytest

from script import delay, drop, garbage, hang, reply, reset

WIRE = ["PIPELINING", "CHUNKING", "8BITMIME", "ENHANCEDSTATUSCODES"]
TO = "someone@example.net"
MANY = 40


def submit(site, count, sender="sender@client.example", size=100):
    for number in range(count):
        site.submit("-f", sender, TO,
                    input=b"Subject: %d\n\n%s\n" % (number, b"x" * size))


def flush(site):
    status, log = site.flush()
    return status, log.text()


def subjects(host):
    return collections.Counter(
        re.search(rb"^Subject: (\d+)\r$", m.data, re.M)[1]
        for m in host.messages if m.sender)


def all_of(count):
    return {b"%d" % number: 1 for number in range(count)}


def verbs(session):
    return [command.verb for command in session.commands]


def ahead(session, verb=b"MAIL"):
    return sum(c.ahead for c in session.commands if c.verb == verb)


@pytest.mark.parametrize("window", [1, 2, 50])
def test_the_window(site, smarthost, window):
    """RSET-free transactions, as many in flight as the window allows."""
    host = smarthost(keywords=WIRE)
    site.use(host, connections=1, window=window)
    submit(site, MANY)
    assert site.flush()[0] == 0
    assert subjects(host) == all_of(MANY)
    [session] = host.sessions
    assert verbs(session)[2:-1] == [b"MAIL", b"RCPT", b"BDAT"] * MANY
    assert (ahead(session) > 0) == (window > 1)
    assert host.violations == []


def test_it_begins_at_one(site, smarthost):
    """Nothing follows the first message before that was accepted."""
    host = smarthost(keywords=WIRE)
    site.use(host, connections=1)
    submit(site, MANY)
    site.flush()
    mails = [c for c in host.sessions[0].commands if c.verb == b"MAIL"]
    assert [mail.ahead for mail in mails[:2]] == [False, False]
    assert sum(mail.ahead for mail in mails) > MANY / 2


def test_the_next_envelope_rides_with_the_end_of_data(site, smarthost):
    host = smarthost(keywords=["PIPELINING"])
    site.use(host, connections=1)
    submit(site, 9)
    assert site.flush()[0] == 0
    assert subjects(host) == all_of(9)
    [session] = host.sessions
    assert verbs(session)[2:-1] == [b"MAIL", b"RCPT", b"DATA"] * 9
    assert ahead(session) >= 3


def test_without_pipelining_nothing_is_ahead(site, smarthost):
    host = smarthost(keywords=["CHUNKING"])
    site.use(host, connections=1)
    submit(site, 5)
    assert site.flush()[0] == 0
    assert not any(c.ahead for c in host.sessions[0].commands)


@pytest.mark.parametrize("step, refusal", [
    ("end", "554 5.7.1 no"), ("rcpt", "550 5.1.1 no")])
def test_a_refused_one_among_others(site, smarthost, step, refusal):
    """
    Those behind it are not touched.  Without a recipient the server keeps the
    transaction: the next MAIL is one too many, but it says the same, so that
    message goes out as it should.
    """
    host = smarthost(keywords=WIRE, script={
        step: [None] * 20 + [reply(refusal)]})
    site.use(host, connections=1)
    submit(site, MANY)
    site.flush()
    assert sum(subjects(host).values()) == MANY - 1
    assert max(subjects(host).values()) == 1
    assert len([m for m in host.messages if not m.sender]) == 1
    assert host.violations == []


def test_another_sender_does_not_inherit_an_open_transaction(site, smarthost):
    """RSET stands between transactions that do not begin alike."""
    host = smarthost(keywords=WIRE, script={
        "rcpt": [None] * 21 + [reply("550 5.1.1 no")]})
    site.use(host, connections=1)
    for number in range(MANY):
        submit(site, 1, sender=f"user{number // 2}@client.example")
    site.flush()
    senders = collections.Counter(m.sender for m in host.messages)
    assert senders.pop("") == 1
    assert sorted(senders.values()) == [1] + [2] * (MANY // 2 - 1)
    assert b"RSET" in verbs(host.sessions[0])
    assert host.violations == []


@pytest.mark.parametrize("end", [drop, reset])
def test_a_lost_session_doubles_no_more_than_the_window(site, smarthost, end):
    """
    Some may have been delivered: these wait, with a word in the log; the
    others go out at once.
    """
    host = smarthost(keywords=WIRE, script={"end": [None] * 20 + [end()]})
    site.use(host, connections=1, window=5)
    submit(site, MANY)
    status, log = flush(site)
    assert status == 75, log
    doubtful = log.count(": possible duplicate: ")
    assert 1 <= doubtful <= 5
    assert len(site.spool.names("cur")) == doubtful
    assert len(host.messages) == MANY - doubtful
    assert max(subjects(host).values()) == 1
    assert host.violations == []


def test_421_among_others(site, smarthost):
    """What comes behind it was not taken, and goes over the next session."""
    host = smarthost(keywords=WIRE, script={
        "mail": [None] * 20 + [reply("421 4.3.2 bye").then("hang")]})
    site.use(host, connections=1)
    submit(site, MANY)
    status, log = flush(site)
    assert status == 0, log
    assert subjects(host) == all_of(MANY)
    assert "possible duplicate" not in log
    assert len(host.sessions) == 2


def test_out_of_step(site, smarthost):
    """Garbage ends the session; from then on nothing follows unheard."""
    host = smarthost(keywords=WIRE, script={
        "rcpt": [None] * 20 + [garbage()]})
    site.use(host, connections=1, window=5)
    submit(site, MANY)
    status, log = flush(site)
    assert "fell out of step" in log, log
    again = [s for s in host.sessions[1:] if s.messages]
    assert again and not any(ahead(session) for session in again)
    assert max(subjects(host).values()) == 1
    doubtful = log.count(": possible duplicate: ")
    assert MANY - doubtful <= len(host.messages) <= MANY


def test_a_smarthost_that_cannot_bear_two(site, smarthost):
    """It drops the connection when something comes ahead of the reply."""
    def cannot(session):
        behind = session.commands[-1].ahead
        return drop() if behind else None
    host = smarthost(keywords=WIRE, script={"mail": cannot})
    site.use(host, connections=1)
    submit(site, MANY)
    status, log = flush(site)
    assert "fell out of step" in log, log
    assert max(subjects(host).values()) == 1
    assert len(host.messages) == MANY - log.count(": possible duplicate: ")


def test_a_reply_too_many(site, smarthost):
    """It is not taken for the answer to what comes next."""
    host = smarthost(keywords=WIRE, script={
        "end": [reply("250 2.0.0 taken", "250 2.0.0 and again")]})
    site.use(host, connections=1)
    submit(site, 3)
    status, log = flush(site)
    assert subjects(host) == all_of(3)
    assert len(host.sessions) == 2


def test_a_timeout_in_flight(site, smarthost):
    host = smarthost(keywords=WIRE, script={
        "rcpt": [None] * 20 + [hang()]})
    site.use(host, connections=1, window=4, timeout="2s")
    submit(site, MANY)
    status, log = flush(site)
    assert "timed out after 2 s" in log
    assert max(subjects(host).values()) == 1
    assert len(host.messages) == MANY - log.count(": possible duplicate: ")


def test_large_and_small(site, smarthost):
    """A large one waits for its recipients and for those ahead of it."""
    host = smarthost(keywords=WIRE)
    site.use(host, connections=1)
    for number in range(MANY):
        size = 300000 if number % 7 == 0 else 50
        site.submit("-f", "sender@client.example", TO,
                    input=b"Subject: %d\n\n%s\n" % (number, b"y\n" * size))
    assert site.flush()[0] == 0
    assert subjects(host) == all_of(MANY)
    assert host.violations == []


# How many recipients and transactions.

def test_limits(site, smarthost):
    """RFC 9422: RCPTMAX in each transaction, MAILMAX in each session."""
    host = smarthost(keywords=WIRE + ["LIMITS RCPTMAX=7 MAILMAX=3"])
    site.use(host, connections=1)
    everybody = [f"u{n}@example.net" for n in range(40)]
    site.submit("-f", "sender@client.example", *everybody)
    assert site.flush()[0] == 0
    got = [r for m in host.messages for r in m.recipients]
    assert sorted(got) == sorted(everybody)
    assert max(len(m.recipients) for m in host.messages) == 7
    assert max(len(s.messages) for s in host.sessions) == 3
    assert host.violations == []


def test_too_many_go_into_the_next_transaction_at_once(site, smarthost):
    """And what it takes is remembered."""
    def at_most_nine(session):
        full = session.message and len(session.message.recipients) >= 9
        return reply("452 4.5.3 too many") if full else None
    host = smarthost(keywords=WIRE, script={"rcpt": at_most_nine})
    site.use(host, connections=1)
    everybody = [f"u{n}@example.net" for n in range(300)]
    site.submit("-f", "sender@client.example", *everybody)
    assert site.flush()[0] == 0
    got = [r for m in host.messages for r in m.recipients]
    assert sorted(got) == sorted(everybody)
    assert sum(len(m.refused) for m in host.messages) == 91
    assert host.violations == []


def test_a_full_disk_is_not_too_many(site, smarthost):
    """452 for the first recipient, or for another reason, defers it."""
    host = smarthost(keywords=WIRE, script={
        "rcpt": reply("452 4.3.1 insufficient storage")})
    site.use(host, connections=1)
    site.submit("-f", "sender@client.example", "a@x.example", "b@x.example")
    assert site.flush()[0] == 75
    assert len(site.spool.names("cur")) == 1
    assert verbs(host.sessions[0]).count(b"RCPT") == 2


def test_452_behind_a_refusal_limits_nothing(site, smarthost):
    """Who comes after was not one too many, for there was nobody before."""
    host = smarthost(keywords=WIRE, script={
        "rcpt": [reply("550 5.1.1 no"), reply("452 later")]})
    site.use(host, connections=1)
    site.submit("-f", "sender@client.example", "a@x.example", "b@x.example")
    site.submit("-f", "sender@client.example", "c@x.example", "d@x.example")
    site.flush()
    assert [m.recipients for m in host.messages if m.sender] == [
        ["c@x.example", "d@x.example"]]
    assert host.violations == []


# How many sessions.

SLOW = delay(0.2)       # at the end of data: more sessions help


@pytest.mark.usefixtures("optimized")
def test_sessions_grow_while_they_help(site, smarthost):
    host = smarthost(keywords=[], script={"end": SLOW})
    site.use(host, connections=3)
    submit(site, 60)
    assert site.flush()[0] == 0
    assert subjects(host) == all_of(60)
    assert len(host.sessions) == 3


def test_a_few_messages_are_not_worth_another_session(site, smarthost):
    host = smarthost(keywords=[], script={"end": SLOW})
    site.use(host, connections=3)
    submit(site, 8)
    assert site.flush()[0] == 0
    assert len(host.sessions) == 1


@pytest.mark.usefixtures("optimized")
def test_a_session_too_many_is_not_tried_again(site, smarthost):
    hosts = []

    def two_at_most(session):
        if len(hosts[0].open_sessions()) > 2:
            return reply("421 4.7.0 too many connections").then("drop")
        return None
    hosts.append(smarthost(keywords=[], script={
        "end": SLOW, "greeting": two_at_most}))
    site.use(hosts[0], connections=9)
    submit(site, 60)
    status, log = flush(site)
    assert status == 0
    assert subjects(hosts[0]) == all_of(60)
    assert len(hosts[0].sessions) == 3
    assert log.count("no more than 2 sessions") == 1


@pytest.mark.usefixtures("optimized")
def test_sessions_go_when_less_is_asked_for(site, smarthost):
    """4.7.x about a message: one session leaves, the message waits."""
    host = smarthost(keywords=[], script={
        "end": SLOW,
        "mail": [None] * 50 + [reply("450 4.7.1 not so fast")]})
    site.use(host, connections=3, retry_min="5m", retry_max="5m")
    submit(site, 80)
    status, log = flush(site)
    assert status == 75, log
    assert len(host.messages) == 79
    assert re.search("no more than [12] sessions? for a while: 450", log)
    assert len(host.sessions) == 3
