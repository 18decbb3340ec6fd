"""Real servers: Postfix with Dovecot, Postfix with Cyrus SASL, GNU SASL."""

import pathlib
import shutil
import tempfile

import pytest

import dovecot
import gsasl
import postfix
from harness import PASSWORD, USER

ONE = "one@example.net"
PASSWORDS = ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"]
PLUS = ["SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS"]
TOKENS = ["OAUTHBEARER", "XOAUTH2"]


class CyrusPostfix(postfix.Postfix):
    mechanisms = " ".join(PASSWORDS + PLUS)


@pytest.fixture(scope="module")
def directory():
    path = pathlib.Path(tempfile.mkdtemp(prefix="onehop-sasl-"))
    path.chmod(0o755)
    for name in ("dovecot", "postfix", "cyrus"):
        (path / name).mkdir()
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def authority(directory):
    reason = dovecot.missing()
    if reason:
        pytest.skip(reason)
    server = dovecot.Dovecot(directory / "dovecot", USER, PASSWORD)
    server.start()
    yield server
    server.stop()


def started(kind, directory, certificates, **settings):
    reason = postfix.missing()
    if reason:
        pytest.skip(reason)
    server = kind(directory, certificates.good, USER, PASSWORD, **settings)
    server.start()
    return server


@pytest.fixture(scope="module")
def with_dovecot(authority, directory, certificates):
    server = started(postfix.Postfix, directory / "postfix", certificates,
                     smtpd_sasl_type="dovecot",
                     smtpd_sasl_path=authority.socket)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def with_cyrus(directory, certificates):
    server = started(CyrusPostfix, directory / "cyrus", certificates)
    yield server
    server.stop()


@pytest.fixture
def use(site):
    """Relay to a Postfix with these settings."""
    def configure(server, password=PASSWORD, user=USER, **settings):
        site.configure(relay=f"smtps://localhost:{server.smtps}", user=user,
                       password_file=site.password,
                       tls_ca_file=site.certificates.ca, **settings)
        site.set_password(password)

    return configure


def relayed(site, server, mechanism, user=USER):
    site.submit(ONE)
    status, log = site.flush()
    assert status == 0, log.text() + server.log()
    line = server.log().rpartition("sasl_method=")[2]
    assert line.startswith(f"{mechanism}, sasl_username={user}")


def refused(site, server, pattern):
    site.submit(ONE)
    before = len(server.delivered())
    status, log = site.flush()
    assert status == 75
    assert len(log.lines(pattern)) == 1, log.text() + server.log()
    assert site.password.read_text().strip() not in log.text()
    assert len(server.delivered()) == before


# Dovecot

@pytest.mark.parametrize("mechanism", PASSWORDS)
def test_dovecot(site, with_dovecot, use, mechanism):
    use(with_dovecot, auth=mechanism)
    relayed(site, with_dovecot, mechanism)


@pytest.mark.parametrize("mechanism", TOKENS)
def test_dovecot_with_a_token(site, with_dovecot, use, mechanism):
    use(with_dovecot, dovecot.token(USER), auth=mechanism)
    relayed(site, with_dovecot, mechanism)


def test_dovecot_takes_the_strongest(site, with_dovecot, use):
    use(with_dovecot)
    relayed(site, with_dovecot, "SCRAM-SHA-256")


def test_dovecot_without_the_password(site, with_dovecot, use):
    """It knows what SCRAM stores, and proves that it does."""
    use(with_dovecot, user=dovecot.STORED)
    relayed(site, with_dovecot, "SCRAM-SHA-256", dovecot.STORED)


@pytest.mark.parametrize("mechanism", PASSWORDS + TOKENS)
def test_dovecot_refuses(site, with_dovecot, use, mechanism):
    stale = mechanism in TOKENS
    use(with_dovecot, dovecot.token(USER, -5000) if stale else "wrong one",
        auth=mechanism)
    refused(site, with_dovecot, f"password rejected: {mechanism}: "
            f"{'{.*}: ' if stale else ''}535 5.7.8")


# Cyrus SASL

@pytest.mark.parametrize("mechanism", PASSWORDS)
def test_cyrus(site, with_cyrus, use, mechanism):
    use(with_cyrus, auth=mechanism)
    relayed(site, with_cyrus, mechanism)


def test_cyrus_takes_the_strongest(site, with_cyrus, use):
    """Postfix does not tell it of TLS: so it cannot bind to it."""
    use(with_cyrus)
    relayed(site, with_cyrus, "SCRAM-SHA-256")


@pytest.mark.parametrize("mechanism", PASSWORDS)
def test_cyrus_refuses(site, with_cyrus, use, mechanism):
    use(with_cyrus, "wrong one", auth=mechanism)
    refused(site, with_cyrus, f"password rejected: {mechanism}: 535 5.7.8")


# GNU SASL

@pytest.fixture
def with_gsasl(site, smarthost):
    def make(mechanism, auth=None, password=PASSWORD, **options):
        if not gsasl.library():
            pytest.skip("GNU SASL is not installed")
        host = smarthost(mechanisms=mechanism, table=gsasl.TABLE, **options)
        site.set_password(password)
        site.use(host, auth=auth)
        return host

    return make


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
@pytest.mark.parametrize("mechanism", gsasl.MECHANISMS)
def test_gsasl(site, with_gsasl, mechanism, tls):
    host = with_gsasl(mechanism, mechanism, tls=tls,
                      binds=["tls-exporter"] if mechanism in PLUS else [])
    site.submit(ONE)
    status, log = site.flush()
    assert status == 0, log.text()
    assert [(each.mechanism, each.user, each.accepted)
            for each in host.attempts] == [(mechanism, USER, True)]


@pytest.mark.parametrize("mechanism", PASSWORDS + PLUS)
def test_gsasl_refuses(site, with_gsasl, mechanism):
    host = with_gsasl(mechanism, mechanism, "wrong one",
                      binds=["tls-exporter"] if mechanism in PLUS else [])
    site.submit(ONE)
    status, log = site.flush()
    assert status == 75
    assert log.lines(f"password rejected: {mechanism}: 535"), log.text()
    assert [each.accepted for each in host.attempts] == [False]


def test_gsasl_sees_that_bindings_were_taken_out(site, with_gsasl):
    host = with_gsasl("SCRAM-SHA-256", binds=["tls-exporter"])
    site.submit(ONE)
    status, log = site.flush()
    assert status == 75
    assert log.lines("password rejected: SCRAM-SHA-256: 535"), log.text()
    assert host.messages == []
