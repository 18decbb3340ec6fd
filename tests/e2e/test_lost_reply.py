"""The reply to the end of data is lost: the message may have been delivered.

It is sent again, no sooner than ten minutes later, and the log says why.
"""

import time

import pytest

from harness import wait_until
from script import drop, garbage, hang, reset

ONE, TWO = "one@example.net", "two@example.net"


@pytest.mark.parametrize("keywords", [[], ["PIPELINING"], ["CHUNKING"]])
@pytest.mark.parametrize("action", [drop(), reset(), hang(),
                                    garbage(b"25").then("drop")],
                         ids=["drop", "reset", "hang", "half a reply"])
def test_it_may_have_been_delivered(site, smarthost, keywords, action):
    host = smarthost(keywords=keywords, script={"end": [action]})
    site.use(host, timeout="1s", connections=1)
    before = int(time.time())
    site.submit(ONE)
    [name] = site.spool.names("new")
    status, log = site.flush()
    assert status == 75
    [deferred] = site.spool.names()
    assert [deferred] == site.spool.names("cur")
    assert int(deferred.partition(".")[2]) >= before + 600
    assert site.spool.entry("cur").states == {ONE: "-"}
    assert len(log.lines(f"{name}.*possible duplicate")) == 1
    assert not log.lines("status=bounced")
    assert site.spool.names("failed") == []


def test_it_is_not_sent_again_before_its_time(site, smarthost):
    host = smarthost(script={"end": [drop()]})
    site.use(host, connections=1, relay_retry_max="1s")
    flusher = site.flusher()
    site.submit(ONE)
    flusher.log.wait_for("possible duplicate")
    site.submit(TWO)
    flusher.log.wait_for(f"to=<{TWO}>.*status=sent")
    assert [m.recipients for m in host.messages] == [[TWO]]
    assert site.ctl("retry").status == 0
    flusher.log.wait_for(f"to=<{ONE}>.*status=sent")
    wait_until(lambda: site.spool.names() == [], "an empty spool")
    assert [m.recipients for m in host.messages] == [[TWO], [ONE]]


def test_a_connection_lost_before_the_end_is_no_possible_duplicate(
        site, smarthost):
    host = smarthost(script={"content": [drop()]})
    site.use(host)
    site.submit(ONE, input=b"\n" + b"x" * 5000000)
    before = site.spool.fingerprint()
    status, log = site.flush()
    assert status == 75
    assert site.spool.fingerprint() == before
    assert not log.lines("duplicate")
