"""Faults of the smarthost itself: no message is touched and nothing bounces.

Whatever is wrong, it is said once, in the log and on top of mailq; when it
is mended, the mail goes out.
"""

import re

import pytest

from harness import PASSWORD, Site, environment, program, run, wait_until
from script import after, delay, drop, garbage, hang, reply, reset

ONE, TWO = "one@example.net", "two@example.net"
SHUTTING = reply("421-4.3.2 shutting", "421 4.3.2 down").then("drop")
STEPS = ("greeting", "ehlo", "auth", "mail", "rcpt", "data")


def assert_untouched(site, log, before):
    assert site.spool.fingerprint() == before
    assert site.spool.names("failed", "cur", "corrupt") == []
    assert not log.lines("status=|bounced|removed|duplicate"), log.text()


def assert_says_so(site, log, pattern):
    """One line in the log, and the same on top of mailq."""
    lines = [line for line in log.lines(f"(?i){pattern}")
             if not re.search("queue active|connection established to", line)]
    assert len(lines) == 1, log.text()
    shown = site.mailq()
    assert shown.status == 0
    assert re.search(f"(?i){pattern}", shown.stdout.splitlines()[0]), \
        shown.stdout


def assert_mended(site, host):
    host.script.entries.clear()
    status, log = site.flush()
    assert status == 0, log.text()
    assert sorted(m.recipients[0] for m in host.messages) == [ONE, TWO]
    assert site.spool.names() == []
    assert site.mailq().stdout == "Mail queue is empty\n"


def try_once(site):
    """Two messages, one attempt: the log, after nothing has happened."""
    site.submit(ONE)
    site.submit(TWO)
    before = site.spool.fingerprint()
    status, log = site.flush()
    assert status == 75
    assert_untouched(site, log, before)
    return log


@pytest.mark.parametrize("step, action, pattern", [
    ("greeting", reply("554 5.3.2 no service for you"), "no service for you"),
    ("greeting", reply("421 4.3.2 too busy").then("drop"), "too busy"),
    ("greeting", reply("354 what"), "354"),
    ("ehlo", reply("500 5.5.1 what"), "500.*what|AUTH not offered"),
    ("ehlo", reply("421 4.3.2 too busy"), "too busy"),
    ("auth", reply("535 5.7.8 wrong password"), "wrong password"),
    ("auth", reply("454 4.7.0 try later"), "try later"),
    ("auth", reply("534 5.7.9 too weak"), "too weak"),
    ("auth", reply("500 5.5.1 what"), "500.*what"),
    ("mail", reply("530 5.7.0 log in first"), "log in first"),
    ("rcpt", reply("530 5.7.0 log in first"), "log in first"),
    ("data", reply("530 5.7.0 log in first"), "log in first"),
    ("end", reply("530 5.7.0 log in first"), "log in first"),
    ("mail", reply("250x what"), ""),
    ("rcpt", reply("150 what"), "150"),
    ("data", reply("250 what"), "250"),
    *((step, SHUTTING, "shutting.*down") for step in (*STEPS, "end")),
    *((step, drop(), "") for step in ("connect", "tls", *STEPS)),
    *((step, reset(), "") for step in ("connect", "tls", *STEPS)),
    *((step, garbage().then("drop"), "") for step in ("tls", *STEPS)),
    *((step, garbage(b"250-never\r\n" * 200000).then("drop"), "")
      for step in ("ehlo", "mail")),
    *((step, garbage(b"2" * 4000000).then("drop"), "")
      for step in ("greeting", "mail")),
])
def test_a_fault_touches_no_message(site, smarthost, step, action, pattern):
    host = smarthost(script={step: action})
    site.use(host)
    log = try_once(site)
    assert host.messages == []
    assert_says_so(site, log, pattern or "localhost")
    assert_mended(site, host)


@pytest.mark.parametrize("step, action, pattern", [
    ("starttls", reply("454 4.7.0 no TLS today"), "no TLS today"),
    ("starttls", reply("502 5.5.1 not here"), "not here"),
    ("starttls", drop(), ""),
    ("starttls", garbage(b"\0\xff").then("drop"), ""),
    ("starttls", reply("421 4.3.2 too busy").then("drop"), "too busy"),
])
def test_a_fault_at_starttls(site, smarthost, step, action, pattern):
    host = smarthost("starttls", script={step: action}, auth_early=True)
    site.use(host)
    log = try_once(site)
    assert host.attempts == []
    assert_says_so(site, log, pattern or "localhost")
    assert_mended(site, host)


@pytest.mark.parametrize("keywords", [[], ["CHUNKING"]])
@pytest.mark.parametrize("action", [SHUTTING, reply("530 5.7.0 log in")])
def test_a_fault_instead_of_the_last_reply(site, smarthost, keywords, action):
    """That reply did come: the message was not taken, and is not touched."""
    host = smarthost(keywords=keywords, script={"end": action})
    site.use(host)
    try_once(site)
    assert host.messages == []
    assert_mended(site, host)


def test_nobody_listens(site, smarthost):
    host = smarthost()
    host.stop()
    site.use(host)
    log = try_once(site)
    assert_says_so(site, log, "refused")
    host.start()
    assert_mended(site, host)


def test_a_host_that_does_not_exist(site, smarthost):
    host = smarthost()
    site.use(host, relay="smtps://onehop-test.invalid:465")
    log = try_once(site)
    assert_says_so(site, log, "onehop-test.invalid")
    site.use(host)
    assert_mended(site, host)


def test_no_relay_is_configured(site, smarthost):
    log = try_once(site)
    assert_says_so(site, log, "relay")
    host = smarthost()
    site.use(host)
    assert_mended(site, host)


def test_a_wrong_password_is_tried_once(site, smarthost):
    host = smarthost()
    site.use(host, connections=4)
    site.set_password("open sesame")
    for number in range(20):
        site.submit(ONE)
    before = site.spool.fingerprint()
    status, log = site.flush()
    assert status == 75
    assert_untouched(site, log, before)
    assert [attempt.password for attempt in host.attempts] == ["open sesame"]
    assert len(host.sessions) == 1
    assert_says_so(site, log, "password|authentication")
    assert "sesame" not in log.text() + site.mailq().stdout
    site.set_password(PASSWORD)
    assert site.flush()[0] == 0
    assert len(host.messages) == 20


@pytest.mark.parametrize("mechanisms", ["", "DIGEST-MD5 XOAUTH2"])
def test_no_mechanism_in_common(site, smarthost, mechanisms):
    host = smarthost(mechanisms=mechanisms)
    site.use(host)
    log = try_once(site)
    assert host.attempts == []
    assert_says_so(site, log, "auth")
    host.mechanisms = "PLAIN"
    assert_mended(site, host)


def test_a_mechanism_that_was_not_chosen_is_not_used(site, smarthost):
    host = smarthost(mechanisms="PLAIN")
    site.use(host, auth="LOGIN")
    try_once(site)
    assert host.attempts == []


@pytest.mark.parametrize("harm, pattern", [
    (lambda site: site.password.unlink(), "password.*no such file"),
    (lambda site: site.password.chmod(0o440), "password.*(group|others|mode)"),
    (lambda site: site.password.chmod(0o404), "password.*(group|others|mode)"),
    (lambda site: site.set_password(""), "password.*(empty|no password)"),
])
def test_a_password_file_that_is_no_good(site, smarthost, harm, pattern):
    host = smarthost()
    site.use(host)
    harm(site)
    log = try_once(site)
    assert host.attempts == []
    assert_says_so(site, log, pattern)
    site.set_password(PASSWORD)
    assert_mended(site, host)


def test_authentication_wanted_but_no_user_set(site, smarthost):
    host = smarthost()
    site.use(host, user=None)
    log = try_once(site)
    assert_says_so(site, log, "authentication required")
    site.use(host)
    assert_mended(site, host)


def test_a_smarthost_that_hangs(certificates, smarthost, tmp_path):
    """Every wait has a deadline; all of them at once, to save time."""
    steps = ("connect", "tls", "greeting", "ehlo", "auth", "mail", "rcpt",
             "data", "content")
    sites = {}
    try:
        for step in steps:
            (tmp_path / step).mkdir()
            site = sites[step] = Site(tmp_path / step, certificates)
            site.host = smarthost(script={step: hang()})
            site.use(site.host, timeout="1s")
            site.submit(ONE, input=b"\n" + b"x" * (
                20000000 if step == "content" else 10))
            site.before = site.spool.fingerprint()
            site.run = site.flusher("-q")
        for step, site in sites.items():
            assert site.run.wait() == 75, step
            assert_untouched(site, site.run.log, site.before)
            assert site.mailq().stdout.splitlines()[0], step
    finally:
        for site in sites.values():
            site.close()


@pytest.mark.parametrize("step", ["greeting", "mail"])
def test_sigterm_while_the_smarthost_hangs(site, smarthost, step):
    host = smarthost(script={step: hang()})
    site.use(host, timeout="2s")
    site.submit(ONE)
    before = site.spool.fingerprint()
    flusher = site.flusher()
    wait_until(lambda: host.sessions, "a session")
    if step == "mail":
        wait_until(lambda: host.sessions[0].commands[-1:] and
                   host.sessions[0].commands[-1].verb == b"MAIL", "MAIL")
    assert flusher.stop() == 0
    assert_untouched(site, flusher.log, before)


def test_a_smarthost_that_trickles(site, smarthost):
    """A deadline is for the reply, not for each octet of it."""
    host = smarthost(script={"mail": trickle})
    site.use(host, timeout="1s")
    try_once(site)
    assert host.messages == []


def trickle(session):
    """A reply that never ends, an octet at a time."""
    while not session.smarthost.stopping.wait(0.1):
        session.channel.send(b"2")


def test_the_breaker_waits_and_says_so_once(site, smarthost):
    """New mail does not reset it, and all goes out when it closes."""
    host = smarthost(script={"greeting": reply("554 5.3.2 not now")})
    site.use(host, relay_retry_max="2s")
    flusher = site.flusher()
    for number in range(30):
        site.submit(ONE)
    before = site.spool.fingerprint()
    wait_until(lambda: len(host.sessions) >= 3, "three attempts")
    times = [session.started for session in host.sessions[:3]]
    assert times[1] - times[0] > 0.5 and times[2] - times[1] > 0.5
    assert_untouched(site, flusher.log, before)
    assert_says_so(site, flusher.log, "not now")
    host.script.entries.clear()
    flusher.log.wait_for("removed", 30)
    assert len(host.messages) == 30
    assert site.mailq().stdout == "Mail queue is empty\n"


def test_a_change_of_the_fault_is_said(site, smarthost):
    host = smarthost(script={"greeting": reply("554 5.3.2 not now")})
    site.use(host, relay_retry_max="1s")
    flusher = site.flusher()
    site.submit(ONE)
    flusher.log.wait_for("not now")
    host.script.entries["greeting"] = reply("554 5.3.2 gone fishing")
    flusher.log.wait_for("gone fishing")
    host.script.entries.clear()
    flusher.log.wait_for("removed")
    assert len(flusher.log.lines("not now")) == 1
    assert len(flusher.log.lines("gone fishing")) == 1


def test_retry_closes_the_breaker(site, smarthost):
    host = smarthost(script={"greeting": reply("554 5.3.2 not now")})
    site.use(host, relay_retry_min="1h", relay_retry_max="1h")
    flusher = site.flusher()
    site.submit(ONE)
    flusher.log.wait_for("not now")
    host.script.entries.clear()
    assert site.ctl("retry").status == 0
    flusher.log.wait_for("removed")


def test_a_session_that_ends_between_messages(site, smarthost):
    """Some smarthosts take a number of messages and hang up."""
    taken = {}

    def twice(session):
        taken[session.number] = taken.get(session.number, 0) + 1
        return SHUTTING if taken[session.number] > 2 else None

    host = smarthost(script={"mail": twice})
    site.use(host, connections=1)
    flusher = site.flusher()
    for number in range(6):
        site.submit(ONE)
    flusher.log.wait_for("removed", 6)
    assert len(host.messages) == 6
    assert not flusher.log.lines("status=(deferred|bounced)")


def test_fewer_sessions_when_the_smarthost_says_so(site, smarthost):
    """The session that works goes on; the breaker stays closed."""
    host = smarthost(script={
        "greeting": after(1, reply("421 4.7.0 too many connections")
                          .then("drop")),
        "end": delay(0.02)})
    site.use(host, connections=4, relay_retry_min="1h", relay_retry_max="1h")
    for number in range(40):
        site.submit(ONE)
    flusher = site.flusher()
    flusher.log.wait_for("removed", 40)
    assert len(host.messages) == 40
    assert not flusher.log.lines("status=(deferred|bounced)")


def test_the_agent_is_missing(site, smarthost):
    host = smarthost()
    site.use(host)
    site.submit(ONE)
    before = site.spool.fingerprint()
    result = run([program("onehop-flush"), "-q", "-C",
                  str(site.configuration)],
                 env=environment(ONEHOP_LIBEXECDIR=str(site.directory)))
    assert result.status == 75
    assert "onehop-smtp" in result.stderr
    assert site.spool.fingerprint() == before
    assert "onehop-smtp" in site.mailq().stdout.splitlines()[0]


def test_an_idle_session_that_the_smarthost_closes_is_no_fault(site,
                                                               smarthost):
    host = smarthost()
    site.use(host, idle_timeout="1h")
    flusher = site.flusher()
    site.submit(ONE)
    flusher.log.wait_for("removed")
    for session in host.open_sessions():
        session.channel.send(b"421 4.4.2 idle for too long\r\n")
        session.channel.shut_down()
    site.submit(TWO)
    flusher.log.wait_for("removed", 2)
    assert len(host.messages) == 2
