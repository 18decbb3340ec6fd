"""Notifications, read by another parser: the email package, which raises an
exception where it meets a defect. test_notification.c writes them."""

import email
import email.errors
import email.policy
import email.utils
import subprocess

import pytest

from harness import BUILD, environment

STRICT = email.policy.SMTPUTF8.clone(raise_on_defect=True)
# Right in a message that is sent with SMTPUTF8.
NON_ASCII = email.errors.NonASCIILocalPartDefect
GLOBAL = {"global", "orcpt8bit", "globalsender", "globaldomain"}
WHOLE = {"expired", "eightbit", "orcpt8bit"}
DELAYED = {"delayed", "untried"}


@pytest.fixture(scope="module")
def notifications(tmp_path_factory):
    directory = tmp_path_factory.mktemp("notifications")
    program = "tests/unit/test_notification"
    subprocess.run(["make", "-s", program], cwd=BUILD, check=True)
    subprocess.run([BUILD / program], check=True, capture_output=True,
                   env=environment(ONEHOP_NOTIFICATIONS=str(directory)))
    found = {path.name: path.read_bytes() for path in directory.iterdir()}
    assert GLOBAL | WHOLE | DELAYED < set(found)
    return found


def parse(octets):
    return email.message_from_bytes(octets, policy=STRICT)


def parse_all(notifications):
    for name, octets in notifications.items():
        yield name, (
            email.message_from_string(octets.decode(), policy=STRICT)
            if name in GLOBAL else parse(octets))


def blocks(part):
    """The groups of fields of a delivery status, in order."""
    if part.get_content_type() == "message/delivery-status":
        return part.get_payload()
    first = part.get_payload(0)
    return [first] + [
        email.message_from_string(block, policy=STRICT)
        for block in first.get_payload().strip().split("\r\n\r\n")]


def status(message):
    about, *recipients = blocks(message.get_payload()[1])
    return about, [recipient for recipient in recipients if recipient.keys()]


def test_each_is_sound(notifications):
    for name, message in parse_all(notifications):
        for part in message.walk():
            assert part.defects == [], name
            for key, value in part.items():
                assert [defect for defect in value.defects
                        if not isinstance(defect, NON_ASCII)] == [] or (
                            # It goes to what is no address.
                            (name, key) == ("hostile", "To")), (name, key)


def test_header(notifications):
    for name, message in parse_all(notifications):
        assert len(set(message.keys())) == len(message.keys()), name
        assert message["Auto-Submitted"] == "auto-replied"
        assert message["MIME-Version"] == "1.0"
        assert message["Message-ID"] == "<5F1.F@host.example.org>"
        assert email.utils.parsedate_to_datetime(message["Date"])
        sender, = message["From"].addresses
        assert sender.display_name == "Mail Delivery System"
        assert sender.addr_spec in {
            "postmaster@example.org", "mailer@example.org",
            "postmaster@caf\xe9.example"}
        assert "Bcc" not in message
        if name not in ("unknown", "hostile", "header8bit"):
            assert message["Subject"].endswith(": Disk full")
            assert message["In-Reply-To"] == "<m@example.org>"
            assert (message["References"] ==
                    "<r@example.org> <m@example.org>")
    eightbit = parse(notifications["header8bit"])
    assert eightbit["Subject"].startswith("Mail not delivered: caf")


def test_three_parts(notifications):
    for name, message in parse_all(notifications):
        assert message.get_content_type() == "multipart/report"
        assert message.get_param("report-type") == "delivery-status"
        text, report, returned = message.get_payload()
        assert text.get_content_type() == "text/plain"
        assert "smtp.example.net" in text.get_content() or name in (
            "unknown", "untried", "literal", "literal6")
        assert report.get_content_type() == (
            "message/global-delivery-status" if name in GLOBAL else
            "message/delivery-status")
        assert returned.get_content_type() == {
            (True, True): "message/global",
            (True, False): "message/rfc822",
            (False, True): "message/global-headers",
            (False, False): "text/rfc822-headers",
        }[name in WHOLE, name in GLOBAL]


def test_encodings_are_true(notifications):
    """7bit is, and no part is more than what it is in."""
    for name, octets in notifications.items():
        message = parse(octets)
        whole = message["Content-Transfer-Encoding"]
        boundary = b"--" + message.get_boundary().encode()
        header, *parts, rest = octets.split(boundary)
        assert rest == b"--\r\n"
        assert len(parts) == 3 or name == "hostile"
        for part in parts:
            encoding = [line.split()[1] for line in part.splitlines()
                        if line.startswith(b"Content-Transfer-Encoding:")]
            if encoding and not part.isascii():
                assert encoding[0] == b"8bit" and whole == "8bit", name
        assert header.isascii() or name in GLOBAL


def test_status(notifications):
    for name, message in parse_all(notifications):
        about, recipients = status(message)
        assert about["Reporting-MTA"] == "dns; host.example.org"
        assert email.utils.parsedate_to_datetime(about["Arrival-Date"])
        assert about["X-Onehop-Queue-ID"] == "5F0000000000A"
        assert len(recipients) == (150 if name == "many" else 1)
        for recipient in recipients:
            kind, address = recipient["Final-Recipient"].split(";", 1)
            assert kind == ("rfc822" if address.isascii() else "utf-8")
            assert "@example.net" in address
            assert recipient["Action"] == (
                "delayed" if name in DELAYED else
                "relayed" if name == "relayed" else "failed")
            assert recipient["Status"][0] == {
                "delayed": "4", "relayed": "2"}.get(
                    recipient["Action"],
                    "4" if name == "expired" else "5")
            code = recipient["Diagnostic-Code"]
            if code is not None and code.startswith("smtp;"):
                assert code.split()[1].isdigit()
                assert recipient["Remote-MTA"].startswith("dns;")
            else:
                assert recipient["Remote-MTA"] is None
            assert (recipient["Will-Retry-Until"] is not None) == (
                name in DELAYED)


def test_what_is_returned(notifications):
    returned = parse(notifications["eightbit"]).get_payload()[2]
    original, = returned.get_payload()
    assert original["Message-ID"] == "<m@example.org>"
    assert original.get_payload(decode=True) == b"caf\xc3\xa9\r\n"
    returned = parse(notifications["failed"]).get_payload()[2]
    assert "Subject: Disk full" in returned.get_content()


def test_text(notifications):
    text = parse(notifications["eightbit"]).get_payload()[0]
    assert "554 nicht erw\xfcnscht ?\r\n" in text.get_content()
    text = parse(notifications["global"]).get_payload()[0]
    assert "<j\xf6rg@example.net>\r\n" in text.get_content()
