"""Every mechanism, what is taken of several, and how it ends otherwise."""

import base64
import re
import socket
import ssl

import pytest

from harness import PASSWORD, USER
from script import garbage, reply

ONE = "one@example.net"
PLAIN_TEXT = ["PLAIN", "LOGIN"]
SCRAM = ["SCRAM-SHA-1", "SCRAM-SHA-256"]
PLUS = ["SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS"]
TOKEN = ["OAUTHBEARER", "XOAUTH2"]
BOTH = ("tls-exporter", "tls-server-end-point")
TLS_1_2 = ssl.TLSVersion.TLSv1_2
EVERY = PLAIN_TEXT + ["CRAM-MD5"] + SCRAM + PLUS + TOKEN + ["EXTERNAL"]


@pytest.fixture
def relay(site, smarthost):
    """A site that relays to a smarthost with these mechanisms."""
    def make(mechanisms, auth=None, password=PASSWORD, **options):
        settings = options.pop("settings", {})
        host = smarthost(options.pop("tls", "implicit"),
                         mechanisms=mechanisms, **options)
        site.set_password(password)
        site.use(host, auth=auth, **settings)
        return host

    return make


def named(mechanism):
    """What `auth` has to be for this one: auto, but for tokens."""
    return mechanism if mechanism in TOKEN + ["EXTERNAL"] else None


def relayed(site, host):
    """One message gets through; the one attempt that let it."""
    site.submit(ONE)
    status, log = site.flush()
    assert status == 0, log.text()
    assert len(host.messages) == 1
    [accepted] = [each for each in host.attempts if each.accepted]
    assert accepted.user == USER
    return accepted


def refused(site, host, pattern, secret=PASSWORD):
    """None gets through, the mail is left in peace, and why is said once."""
    site.submit(ONE)
    before = site.spool.fingerprint()
    status, log = site.flush()
    assert status == 75
    assert site.spool.fingerprint() == before
    assert not log.lines("status=|bounced|removed")
    assert len(log.lines(pattern)) == 1, log.text()
    head = site.mailq().stdout
    assert re.search(pattern, head.splitlines()[0]), head
    for text in (log.text(), head):
        assert secret not in text
        assert base64.b64encode(secret.encode()).decode() not in text
    assert host.messages == []
    assert [each.quit for each in host.sessions] == [True]
    return log


@pytest.mark.parametrize("mechanism", EVERY)
def test_each_mechanism(site, relay, mechanism):
    host = relay(mechanism, named(mechanism),
                 binds=BOTH if mechanism in PLUS else ())
    if mechanism in TOKEN:
        site.set_password("ya29.token==")
        host.credentials = (USER, "ya29.token==")
    attempt = relayed(site, host)
    assert attempt.mechanism == mechanism
    assert attempt.initial == (mechanism not in ("LOGIN", "CRAM-MD5"))
    assert len(host.attempts) == 1


@pytest.mark.parametrize("mechanism", EVERY[:-1])
def test_a_wrong_password_is_tried_once(site, relay, mechanism):
    host = relay(mechanism, named(mechanism), password="not the right one"
                 if mechanism not in TOKEN else "stale.token",
                 binds=BOTH if mechanism in PLUS else ())
    refused(site, host, f"password rejected: {mechanism}: .*535 5.7.8",
            site.password.read_text().strip())
    assert [each.accepted for each in host.attempts] == [False]


STRENGTH = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256",
            "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN"]


@pytest.mark.parametrize("number", range(len(STRENGTH)))
def test_auto_takes_the_strongest(site, relay, number):
    """And not what is for tokens or certificates."""
    left = STRENGTH[number:]
    host = relay(" ".join(TOKEN + ["EXTERNAL", "GSSAPI"] + left[::-1]),
                 binds=BOTH if number < 2 else ())
    assert relayed(site, host).mechanism == left[0]


@pytest.mark.parametrize("offered, auth, taken", [
    ("PLAIN LOGIN SCRAM-SHA-1", "LOGIN", "LOGIN"),
    ("PLAIN LOGIN SCRAM-SHA-1", "LOGIN PLAIN", "PLAIN"),
    ("PLAIN XOAUTH2 OAUTHBEARER", "XOAUTH2 PLAIN", "XOAUTH2"),
    ("PLAIN XOAUTH2 OAUTHBEARER", "XOAUTH2 OAUTHBEARER", "OAUTHBEARER"),
    ("PLAIN XOAUTH2", "auto XOAUTH2", "XOAUTH2"),
    ("EXTERNAL PLAIN", "EXTERNAL PLAIN", "EXTERNAL"),
    ("EXTERNAL PLAIN", "EXTERNAL PLAIN LOGIN", "EXTERNAL")])
def test_of_a_list_the_strongest_is_taken(site, relay, offered, auth, taken):
    host = relay(offered, auth, password="token" if "OAUTH" in taken
                 else PASSWORD)
    host.credentials = (USER, "token" if "OAUTH" in taken else PASSWORD)
    assert relayed(site, host).mechanism == taken


@pytest.mark.parametrize("offered, auth", [
    ("OAUTHBEARER XOAUTH2", None), ("EXTERNAL", None), ("GSSAPI NTLM", None),
    ("PLAIN LOGIN", "SCRAM-SHA-1"), ("PLAIN", "EXTERNAL"),
    ("SCRAM-SHA-1", "SCRAM-SHA-1-PLUS")])
def test_nothing_in_common(site, relay, offered, auth):
    host = relay(offered, auth)
    refused(site, host, "no authentication mechanism in common: "
            f"the smarthost offers {offered}; check auth")
    assert b"AUTH" not in {each.verb for each in host.commands}


def test_external_reads_no_password(site, relay):
    host = relay("EXTERNAL", "EXTERNAL")
    site.password.unlink()
    assert relayed(site, host).mechanism == "EXTERNAL"


@pytest.fixture
def certified(certificates):
    """A smarthost that asks for a certificate, and one of ours."""
    name = certificates.self_signed.with_name("self-signed")
    return ({"clients": name.with_suffix(".crt")},
            {"tls_cert_file": name.with_suffix(".crt"),
             "tls_key_file": name.with_suffix(".key")})


@pytest.mark.parametrize("auth", ["EXTERNAL", None])
def test_external_by_a_certificate(site, relay, certified, auth):
    """It stands for auto where there is no password."""
    options, settings = certified
    host = relay("PLAIN EXTERNAL", auth, settings={
        "password_file": None, **settings}, **options)
    assert relayed(site, host).mechanism == "EXTERNAL"


def test_a_password_comes_before_a_certificate(site, relay, certified):
    options, settings = certified
    host = relay("PLAIN EXTERNAL", settings=settings, **options)
    assert relayed(site, host).mechanism == "PLAIN"


def test_external_without_a_certificate(site, relay, certified):
    host = relay("EXTERNAL", "EXTERNAL", **certified[0])
    refused(site, host, "password rejected: EXTERNAL: 535 5.7.8")


def test_a_user_with_commas_in_the_name(site, relay):
    host = relay("SCRAM-SHA-256", settings={"user": "a,b=c@example.org"})
    host.credentials = ("a,b=c@example.org", PASSWORD)
    site.submit(ONE)
    assert site.flush()[0] == 0


def test_a_password_that_is_not_ascii(site, relay):
    password = "caf\xe9 \u20ac"
    host = relay("SCRAM-SHA-1", password=password)
    host.credentials = (USER, password)
    assert relayed(site, host).mechanism == "SCRAM-SHA-1"


# Channel bindings.

@pytest.mark.parametrize("mechanism", PLUS)
@pytest.mark.parametrize("version, binds, flag", [
    (None, BOTH, "p=tls-exporter"),
    (TLS_1_2, BOTH, "p=tls-server-end-point")])
@pytest.mark.parametrize("tls", ["implicit", "starttls"])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_the_binding_by_the_version(site, relay, mechanism, version, binds,
                                    flag, tls):
    host = relay(mechanism, binds=binds, tls_maximum=version, tls=tls)
    assert relayed(site, host).flag == flag
    assert len(host.attempts) == 1


def test_the_other_binding_where_it_is_asked_for(site, relay):
    host = relay("SCRAM-SHA-256-PLUS PLAIN", binds=BOTH[1:])
    assert relayed(site, host).flag == "p=tls-server-end-point"
    assert [each.flag for each in host.attempts] == \
        ["p=tls-exporter", "p=tls-server-end-point"]


def test_no_binding_in_common(site, relay):
    """It is not dropped then, and no password is sent instead."""
    host = relay("SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN", binds=("tls-x",))
    refused(site, host, "SCRAM-SHA-256-PLUS: no channel binding in common")
    assert len(host.attempts) == 2


def test_somebody_in_between_with_a_certificate(site, relay, certificates):
    """The binding is to another session than the smarthost's."""
    host = relay("SCRAM-SHA-256-PLUS", binds=BOTH[1:])
    other = site.directory / "other.pem"
    other.write_bytes(certificates.wrong_name.read_bytes())
    context = host.context

    def between(session):
        host.certificate = certificates.good
        made = context(session)
        host.certificate = other
        return made

    host.context = between
    refused(site, host, "password rejected: SCRAM-SHA-256-PLUS: .*535")


def test_bindings_that_were_taken_out_of_the_offer(site, relay):
    """The smarthost has them, and sees that we have them too."""
    host = relay("SCRAM-SHA-256", binds=BOTH)
    refused(site, host, "password rejected: SCRAM-SHA-256: 535")
    assert [each.flag for each in host.attempts] == ["y"]


@pytest.mark.parametrize("auth, tls, offered, flag", [
    (None, "implicit", "SCRAM-SHA-256", "y"),
    ("SCRAM-SHA-256", "implicit", "SCRAM-SHA-256", "n"),
    ("SCRAM-SHA-256", "implicit", "SCRAM-SHA-256 SCRAM-SHA-256-PLUS", "n"),
    ("SCRAM-SHA-256 SCRAM-SHA-256-PLUS", "implicit",
     "SCRAM-SHA-256 SCRAM-SHA-1-PLUS", "n"),
    (None, "none", "SCRAM-SHA-256", "n"),
    (None, "none", "SCRAM-SHA-256-PLUS SCRAM-SHA-256", "n")])
def test_what_is_said_about_bindings(site, relay, auth, tls, offered, flag):
    host = relay(offered, auth, tls=tls)
    attempt = relayed(site, host)
    assert (attempt.mechanism, attempt.flag) == ("SCRAM-SHA-256", flag)


# Smarthosts that are not what they seem, or do not follow the rules.

def challenge(text):
    return reply("334 " + base64.b64encode(text.encode()).decode())


WRONG = "v=" + base64.b64encode(b"x" * 32).decode()
PROOF = "did not prove that it knows the password: somebody may be in between"


@pytest.mark.parametrize("challenges, pattern", [
    ([None, challenge(WRONG)], PROOF),
    ([None, challenge("v=")], PROOF),
    ([None, reply("235 2.7.0 welcome")], PROOF),
    ([reply("235 2.7.0 welcome")], PROOF),
    ([None, challenge("ok")], "its last message of SCRAM is malformed"),
    ([challenge("r=x,s=AAAA,i=4096")], "first message of SCRAM is malformed"),
    ([reply("334 r=x,s=AAAA,i=4096")], "a challenge is not base 64"),
    ([reply("334-", "334 eA==")], "a challenge is not base 64")])
def test_scram_that_is_not_right(site, relay, challenges, pattern):
    host = relay("SCRAM-SHA-256", script={"challenge": challenges})
    refused(site, host, f"authentication broken off: SCRAM-SHA-256: .*{pattern}")


@pytest.mark.parametrize("iterations, pattern", [
    (1, "less than 4096 iterations"), (4095, "less than 4096 iterations"),
    (10000001, "more than 10000000 iterations")])
def test_iterations_that_are_not_done(site, relay, iterations, pattern):
    host = relay("SCRAM-SHA-1", iterations=iterations)
    refused(site, host, pattern)
    assert host.sessions[0].cancelled == 1


def test_many_iterations(site, relay):
    assert relayed(site, relay("SCRAM-SHA-256", iterations=200000))


def test_an_error_in_place_of_a_signature(site, relay):
    """What follows is the smarthost's to say, but not that all is well."""
    host = relay("SCRAM-SHA-256",
                 script={"challenge": [None, challenge("e=other-error")]})
    refused(site, host, f"broken off: SCRAM-SHA-256: the smarthost {PROOF}")


def test_an_error_is_shown(site, relay):
    host = relay("SCRAM-SHA-256", script={
        "challenge": [challenge("e=unknown-user")],
        "auth": reply("535 5.7.8 no")})
    refused(site, host, "password rejected: SCRAM-SHA-256: unknown-user: 535")


@pytest.mark.parametrize("mechanism", [
    "PLAIN", "EXTERNAL", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1"])
def test_a_challenge_too_many(site, relay, mechanism):
    """It is cancelled, and the session goes on, to QUIT."""
    host = relay(mechanism, named(mechanism),
                 script={"auth": challenge("what else?")})
    refused(site, host, f"authentication broken off: {mechanism}: ")
    assert host.sessions[0].cancelled == 1


@pytest.mark.parametrize("text", ["334", "334 no base 64", "334 ===="])
def test_a_challenge_without_an_answer(site, relay, text):
    host = relay("CRAM-MD5", script={"challenge": reply(text)})
    refused(site, host, "authentication broken off: CRAM-MD5: ")
    assert host.sessions[0].cancelled == 1


@pytest.mark.parametrize("mechanism", TOKEN)
def test_what_is_wrong_with_a_token(site, relay, mechanism):
    host = relay(mechanism, mechanism, password="stale")
    refused(site, host, f"password rejected: {mechanism}: "
            r'\{"status":"invalid_token","scope":"mail"\}: 535 5.7.8', "stale")


@pytest.mark.parametrize("mechanism", TOKEN)
def test_a_long_token(site, relay, mechanism):
    """AUTH is a command of 512 octets at most; a response is not."""
    token = "t0ken" * 800
    host = relay(mechanism, mechanism, password=token)
    host.credentials = (USER, token)
    attempt = relayed(site, host)
    assert not attempt.initial and attempt.password == token


def test_a_token_that_is_none(site, relay):
    host = relay("XOAUTH2", "XOAUTH2", password="not a token")
    refused(site, host, "XOAUTH2: the token has more than visible ASCII")
    assert b"AUTH" not in {each.verb for each in host.commands}


@pytest.mark.parametrize("mechanism", PLAIN_TEXT)
@pytest.mark.parametrize("garble", [False, True])
def test_a_smarthost_that_repeats_what_was_said(site, relay, mechanism, garble):
    """Neither the log nor the queue shows what it has echoed, or a part."""
    host = relay(mechanism)
    plain = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()
    word = base64.b64encode(PASSWORD.encode()).decode()
    text = f"AUTH {PASSWORD[:12]}. {plain} {word} {PASSWORD}"

    host.script.entries["auth"] = garbage(text.encode() + b"\r\n") \
        if garble else reply(f"501 5.5.2 what is {text}")
    site.submit(ONE)
    status, log = site.flush()
    assert status == 75
    shown = log.text() + site.mailq().stdout
    assert "AUTH" in shown
    assert PASSWORD[:12] not in shown
    assert (plain if mechanism == "PLAIN" else word) not in shown


def test_a_password_is_not_for_the_clear(site, relay, smarthost):
    """Not even by a mechanism that does not show it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))     # sends nothing
        except OSError:
            pytest.skip("no address but loopback")
        address = probe.getsockname()[0]
    host = relay("SCRAM-SHA-256", tls="none", address=address)
    site.configure(relay=f"smtp://{address}:{host.port}")
    refused(site, host, "user is set but there is no TLS")
    assert b"AUTH" not in {each.verb for each in host.commands}
