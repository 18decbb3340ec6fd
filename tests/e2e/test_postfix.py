"""A real smarthost: Postfix with SASL, over STARTTLS and over smtps."""

import email
import json
import pathlib
import re
import shutil
import subprocess
import tempfile

import pytest

import postfix
from checking import Report, running, write
from harness import BUILD, PASSWORD, USER, wait_until

ONE, TWO = "one@example.net", "two@example.net"
NOBODY, BUSY, LATER = (f"{name}@example.net"
                       for name in ("nobody", "busy", "later"))
STRANGER = "stranger@example.org"


@pytest.fixture(scope="module")
def server(certificates):
    reason = postfix.missing()
    if reason:
        pytest.skip(reason)
    directory = pathlib.Path(tempfile.mkdtemp(prefix="onehop-postfix-"))
    directory.chmod(0o755)
    server = postfix.Postfix(
        directory, certificates.good, USER, PASSWORD,
        smtpd_recipient_restrictions="check_recipient_access inline:{"
        f"{{{NOBODY} = 550 5.1.1 no such user}}, "
        f"{{{BUSY} = 450 4.2.1 busy}}}}, permit_sasl_authenticated, reject",
        smtpd_sender_restrictions="check_sender_access inline:{"
        f"{{{STRANGER} = 553 5.7.1 not owned by user}}}}",
        transport_maps=f"inline:{{{{{LATER} = nowhere:}}}}")
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(directory)


@pytest.fixture(params=["smtp", "smtps"])
def relayed(request, site, server):
    """A site that relays to Postfix: BDAT over STARTTLS, DATA over smtps."""
    port = server.starttls if request.param == "smtp" else server.smtps
    site.configure(relay=f"{request.param}://localhost:{port}",
                   user=USER, password_file=site.password,
                   tls_ca_file=site.certificates.ca)
    for path in server.box.parent.glob("*/*"):
        path.unlink()
    return site


TEXTS = {
    "text": b"Subject: x\n\ntext\n",
    "dots": b"Subject: x\n\n.\n..\n.x\n",
    "8-bit": "Subject: x\n\n\xe4\xf6\xfc\n".encode() + b"\xff\n",
    "line ends": b"Subject: x\r\n\r\na\r\r\nb\rc\nd",
    "no header": b"just text\n",
    "large": b"Subject: x\n\n" + b"a line of text\n" * 200000,
}


def test_every_byte_arrives(relayed, server):
    expected = []
    for text in TEXTS.values():
        relayed.submit("-i", "-f", "me@example.com", ONE, TWO, input=text)
    for path in relayed.spool.files("new"):
        message = path.read_bytes().partition(b"\n\n")[2]
        expected += [message.replace(b"\r\n", b"\n")] * 2
    status, log = relayed.flush()
    assert status == 0, log.text() + server.log()
    wait_until(lambda: len(server.delivered()) == len(expected),
               "the deliveries")
    for message in server.delivered():
        assert message.startswith(b"Return-Path: <me@example.com>\n")
        found = [text for text in expected if message.endswith(b"\n" + text)]
        assert found, message[:2000]
        expected.remove(found[0])
    assert expected == []
    assert f"sasl_method=PLAIN, sasl_username={USER}" in server.log()


def postqueue(server, option):
    return subprocess.run(["postqueue", "-c", server.directory, option],
                          capture_output=True, text=True, check=True).stdout


def shape(value):
    """The keys and types of JSON: of a list, of all that is in it."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [key for item in value for key in shape(item).items()]
    return type(value)


def test_the_queue_is_shown_as_postfix_shows_its_own(relayed, server):
    """A message that Postfix has deferred, and one that it makes us defer."""
    relayed.submit("-f", "me@example.com", LATER)
    relayed.submit("-f", "me@example.com", BUSY)
    relayed.flush()
    wait_until(lambda: "delay_reason" in postqueue(server, "-j"), "a deferral")
    try:
        [theirs] = map(json.loads, postqueue(server, "-j").splitlines())
        text = postqueue(server, "-p")
    finally:
        subprocess.run(["postsuper", "-c", server.directory, "-d", "ALL"],
                       capture_output=True, check=True)
    [ours] = relayed.queue()
    assert list(shape(ours).items()) == list(shape(theirs).items())
    assert ours["queue_name"] == theirs["queue_name"] == "deferred"
    assert ours["sender"] == theirs["sender"] == "me@example.com"
    patterns = (r"-Queue ID- +--Size-- -+Arrival Time-+ -Sender/Recipient-+",
                r"[0-9A-F]+ + \d+ \w{3} \w{3} .\d \d\d:\d\d:\d\d  "
                r"me@example\.com", r" +\(.+\)",
                r" {20,}\w+@example\.net", "",
                r"-- \d+ Kbytes in 1 Request\.")
    for shown in (text, relayed.mailq().stdout):
        # Ours has another line of a total, for those who know sendmail's.
        lines = [line for line in shown.splitlines()
                 if not line.startswith("\t\t")]
        assert len(lines) == len(patterns), shown
        for line, pattern in zip(lines, patterns):
            assert re.fullmatch(pattern, line), (line, pattern)


def test_a_wrong_password(relayed, server):
    relayed.set_password("wrong")
    relayed.submit(ONE)
    before = relayed.spool.fingerprint()
    status, log = relayed.flush()
    assert status == 75
    assert len(log.lines("535 ")) == 1
    assert relayed.spool.fingerprint() == before
    assert server.delivered() == []


def test_fifty_messages_over_few_sessions(relayed, server):
    for number in range(50):
        relayed.submit(ONE, input=b"Subject: %d\n\n" % number)
    status, log = relayed.flush()
    assert status == 0, log.text() + server.log()
    wait_until(lambda: len(server.delivered()) == 50, "the deliveries")


def test_a_notification_comes_back(relayed, server):
    """Postfix, asked for one by -N, -R and -V, names the identifier."""
    relayed.submit("-N", "success", "-R", "hdrs", "-V", "a+b", "-f", TWO, ONE,
                   input=b"Subject: asked\n\nnot to be returned\n")
    status, log = relayed.flush()
    assert status == 0, log.text() + server.log()
    wait_until(lambda: len(server.delivered()) == 2, "the notification")
    [report] = [message for message in server.delivered()
                if b"multipart/report" in message]
    assert b"\nOriginal-Envelope-Id: a+b\n" in report
    assert b"\nAction: delivered\n" in report
    assert b"Subject: asked" in report
    assert b"not to be returned" not in report


@pytest.mark.parametrize("text", [b"text\n", b"\xe4\n", b"\xff\n" * 9])
def test_a_notification_of_ours_is_taken(relayed, server, text):
    relayed.submit("-f", TWO, NOBODY, ONE, input=b"Subject: s\n\n" + text)
    status, log = relayed.flush()
    assert status == 0, log.text() + server.log()
    wait_until(lambda: len(server.delivered()) == 2, "the notification")
    [report] = [message for message in server.delivered()
                if message.startswith(b"Return-Path: <>\n")]
    report = email.message_from_bytes(report)
    assert report.get_content_type() == "multipart/report"
    _, delivery, returned = report.get_payload()
    group = delivery.get_payload()[1]
    assert group["Final-Recipient"] == f"rfc822; {NOBODY}"
    assert "no such user" in group["Diagnostic-Code"]
    assert b"text" not in text or "text" in str(returned)
    assert relayed.spool.names() == []


def test_an_address_that_is_not_ascii(relayed, server):
    recipient = "j\xf6rg@example.net"
    relayed.submit("-f", "p\xe4ul@example.com", recipient)
    status, log = relayed.flush()
    assert status == 0, log.text() + server.log()
    wait_until(lambda: len(server.delivered()) == 1, "the delivery")
    [message] = server.delivered()
    assert message.startswith("Return-Path: <p\xe4ul@example.com>\n".encode())
    assert f"to=<{recipient}>" in server.log()


def test_what_check_finds_out(relayed, server):
    """That it refuses a sender it says only when it hears of a recipient."""
    relayed.configure(envelope_from=STRANGER, admin=ONE)
    report = Report(relayed.ctl("check"))
    report.only("ok", "it offers SIZE 8BITMIME .*DSN PIPELINING")
    report.only("ok", f"authenticated as {USER} by PLAIN")
    wrong = report.only("wrong", rf"^mail from <{STRANGER}> to <{ONE}> is "
                        "refused: 553 5.7.1 .*not owned by user")
    write(relayed, BUILD, wrong.remedy)
    running(relayed)
    report = Report(relayed.ctl("check", "--send", ONE))
    report.only("ok", rf"^sent: <{ONE}>: 250 2.0.0 Ok: .*queued as ")
    [message] = wait_until(server.delivered, "the message")
    assert b"Subject: test message of onehop" in message
