"""Which certificate is accepted, and a sentence for each that is not."""

import re
import ssl

import pytest

import chains
from certificates import make_authority, make_self_signed, openssl
from chains import AUTHORITY, RSA_1024, SERVER, Link
from harness import environment, program, run

ONE = "one@example.net"
pytestmark = pytest.mark.filterwarnings("ignore:ssl.TLSVersion")


def lenient(host, **options):
    """A server that takes any key, and asks for a certificate if told to."""
    def context(session):
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.set_ciphers("DEFAULT:@SECLEVEL=0")
        made.load_cert_chain(host.certificate)
        if "client_ca" in options:
            made.load_verify_locations(options["client_ca"])
            made.verify_mode = ssl.CERT_REQUIRED
        if "maximum" in options:
            made.maximum_version = options["maximum"]
        return made

    host.context = context
    return host


def refusal(site, host):
    """What is said of the certificate, after one attempt."""
    site.submit(ONE)
    before = site.spool.fingerprint()
    status, log = site.flush()
    assert status == 75, log.text()
    assert site.spool.fingerprint() == before
    assert host.commands == []
    lines = log.lines("cannot send: ")
    assert len(lines) == 1, log.text()
    text = re.search(r"cannot send: (.*); all mail waits", lines[0])[1]
    assert text in site.mailq().stdout.splitlines()[0]
    found = re.search(r"localhost\[127.0.0.1\]:\d+: certificate verify "
                      "failed: (.*)", text)
    assert found, text
    return found[1]


def assert_accepted(site, host, how="verified"):
    before = len(host.messages)
    site.submit(ONE)
    status, log = site.flush()
    assert status == 0, log.text()
    assert len(host.messages) > before
    assert log.lines(f"TLS connection established .*, certificate {how}$"), \
        log.text()


def intermediate(*extensions, **options):
    return Link("middle", extensions or AUTHORITY, **options)


EXPIRED = "2020-01-02 00:00 UTC"
PAST = {"begins": "20200101000000Z", "ends": "20200102000000Z"}
OTHERS = "the smarthost, or tls-ca-file, needs others"
MIDDLE = "its issuer /CN=onehop test middle"

# What is wrong in a chain, and what is said of it.
WRONG = {
    "wrong name": (
        [Link("leaf", ("subjectAltName=DNS:a.example,DNS:*.b.example,"
                       "IP:192.0.2.1",))],
        "it is for a.example, *.b.example, 192.0.2.1 (expected name "
        "localhost; the name in relay must be one of these)"),
    "no name at all": (
        [Link("leaf", ("basicConstraints=CA:false",))],
        "it is for /CN=onehop test leaf (expected name localhost; the name "
        "in relay must be one of these)"),
    "many names": (
        [Link("leaf", ("subjectAltName=" + ",".join(
            f"DNS:host{number}.example" for number in range(9)),))],
        "it is for host0.example, host1.example, host2.example, "
        "host3.example, host4.example, ... (expected name localhost; "),
    "expired": (
        [Link("leaf", **PAST)],
        f"it expired on {EXPIRED} (expected name localhost; the smarthost "
        "needs a new one, or the clock here is wrong)"),
    "expired issuer": (
        [intermediate(**PAST), Link("leaf")],
        f"{MIDDLE} expired on {EXPIRED} ("),
    "not yet valid": (
        [Link("leaf", begins="20480101000000Z", ends="20490101000000Z")],
        "it is not valid before 2048-01-01 00:00 UTC (expected name "
        "localhost; is the clock here wrong?)"),
    "for clients": (
        [Link("leaf", (SERVER[0], "extendedKeyUsage=clientAuth"))],
        "it is not for TLS servers (expected name localhost; see its "
        "extended key usage; the smarthost needs another one)"),
    "issuer is no authority": (
        [intermediate("basicConstraints=critical,CA:false"), Link("leaf")],
        f"{MIDDLE} is not the certificate of an authority (expected name "
        f"localhost; {OTHERS})"),
    "issuer may not sign": (
        [intermediate("basicConstraints=critical,CA:true",
                      "keyUsage=critical,cRLSign"), Link("leaf")],
        f"{MIDDLE} is not the certificate of an authority ("),
    "too long": (
        [intermediate("basicConstraints=critical,CA:true,pathlen:0",
                      *AUTHORITY[1:]),
         Link("lower", AUTHORITY), Link("leaf")],
        f"{MIDDLE} may not have so many authorities below it (expected name "
        f"localhost; {OTHERS})"),
    "name not permitted": (
        [intermediate(*AUTHORITY, "nameConstraints=permitted;DNS:b.example"),
         Link("leaf")],
        "it has a name that an authority above it may not certify ("),
    "name excluded": (
        [intermediate(*AUTHORITY, "nameConstraints=excluded;DNS:localhost"),
         Link("leaf")],
        "it has a name that an authority above it may not certify ("),
    "small key": (
        [Link("leaf", key=RSA_1024)],
        "it has a key of 1024 bits (RSA) (expected name localhost; too weak "
        "for OpenSSL's security level: the smarthost needs another one)"),
    "small key of the issuer": (
        [intermediate(key=RSA_1024), Link("leaf")],
        f"{MIDDLE} has a key of 1024 bits (RSA) ("),
    "weak signature": (
        [Link("leaf", digest="sha1")],
        "it is signed with ecdsa-with-SHA1 (expected name localhost; too "
        "weak for OpenSSL's security level: the smarthost needs another "
        "one)"),
    "unknown critical extension": (
        [Link("leaf", (*SERVER, "1.2.3.4=critical,ASN1:NULL"))],
        "it has a critical extension that OpenSSL does not know ("),
    "proxy": (
        [Link("leaf", ("proxyCertInfo=critical,language:"
                       "id-ppl-anyLanguage,pathlen:3",))],
        "it is a proxy certificate ("),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_chain_that_is_not_right(site, smarthost, tmp_path, name):
    links, text = WRONG[name]
    host = lenient(smarthost(certificate=chains.make(tmp_path, *links)))
    site.use(host, tls_ca_file=tmp_path / "root.pem")
    assert refusal(site, host).startswith(text)


def test_a_chain_that_is_right(site, smarthost, tmp_path):
    host = smarthost(certificate=chains.make(
        tmp_path, intermediate(), Link("lower", AUTHORITY), Link("leaf")))
    site.use(host, tls_ca_file=tmp_path / "root.pem")
    assert_accepted(site, host)


def test_an_issuer_that_is_missing(site, smarthost, tmp_path):
    """The smarthost does not send what is between: the most frequent fault."""
    path = chains.make(tmp_path, intermediate(), Link("leaf"))
    path.write_text((tmp_path / "leaf.key").read_text() +
                    (tmp_path / "leaf.pem").read_text())
    host = smarthost(certificate=path)
    site.use(host, tls_ca_file=tmp_path / "root.pem")
    assert refusal(site, host) == \
        "no trust anchor for its issuer /CN=onehop test middle (expected " \
        "name localhost; set tls-ca-file if this is your own CA)"


def test_an_authority_that_is_sent_but_not_trusted(site, smarthost, tmp_path):
    path = chains.make(tmp_path, Link("leaf"))
    with open(path, "a") as file:
        file.write((tmp_path / "root.pem").read_text())
    host = smarthost(certificate=path)
    site.use(host)
    assert refusal(site, host).startswith(
        "no trust anchor for its issuer /CN=onehop test root (")


def test_an_authority_of_the_same_name(site, smarthost, tmp_path):
    """Without key identifiers only the signature tells them apart."""
    host = smarthost(certificate=chains.make(tmp_path, Link("leaf", (
        *SERVER, "authorityKeyIdentifier=none"))))
    (tmp_path / "other").mkdir()
    make_authority(tmp_path / "other", "root")
    site.use(host, tls_ca_file=tmp_path / "other/root.pem")
    assert refusal(site, host).startswith(
        "it has a signature that is not of /CN=onehop test root (")


def test_one_signed_by_itself(site, smarthost, tmp_path):
    host = smarthost(certificate=make_self_signed(tmp_path, "own"))
    site.use(host)
    assert refusal(site, host).startswith(
        "it is signed by itself, /CN=localhost (expected name localhost; if "
        "you trust it set tls-ca-file to a copy of it, or tls-fingerprint)")
    site.configure(tls_ca_file=tmp_path / "own.crt")
    assert_accepted(site, host)


@pytest.mark.parametrize("mark, purpose", [("-addreject", "serverAuth"),
                                           ("-addtrust", "clientAuth")])
def test_an_anchor_that_is_marked(site, smarthost, tmp_path, mark, purpose):
    host = smarthost(certificate=chains.make(tmp_path, Link("leaf")))
    openssl(tmp_path, "x509", "-in", "root.pem", "-trustout", mark, purpose,
            "-out", "marked.pem")
    site.use(host, tls_ca_file=tmp_path / "marked.pem")
    assert refusal(site, host).startswith(
        "its issuer /CN=onehop test root is marked in the file of trust "
        "anchors as not for TLS servers (")
    openssl(tmp_path, "x509", "-in", "root.pem", "-trustout", "-addtrust",
            "serverAuth", "-out", "marked.pem")
    assert_accepted(site, host)


def fingerprints(path):
    """Of a certificate, as openssl says them: (whole, key)."""
    def digest(command):
        return run(["sh", "-c", command]).stdout.split("=")[-1].split()[0]

    return (
        "SHA256:" + digest(
            f"openssl x509 -in {path} -noout -fingerprint -sha256"),
        "SPKI-SHA256:" + digest(
            f"openssl x509 -in {path} -noout -pubkey | "
            "openssl pkey -pubin -outform DER | openssl dgst -sha256 -r"))


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("name", ["good", "expired", "wrong_name",
                                  "self_signed", "untrusted"])
def test_a_fingerprint_counts_and_nothing_else(site, smarthost, certificates,
                                               name, which, tls):
    path = getattr(certificates, name)
    host = smarthost(tls, certificate=path)
    site.use(host, tls_fingerprint=fingerprints(path)[which],
             tls_ca_file=None)
    assert_accepted(site, host, "known by its fingerprint")


@pytest.mark.parametrize("maximum", [ssl.TLSVersion.TLSv1_2, None])
def test_another_fingerprint(site, smarthost, certificates, maximum):
    """A good certificate is not that one; what it has can be copied."""
    host = smarthost(certificate=certificates.good, tls_maximum=maximum)
    site.use(host, tls_fingerprint=" ".join(
        fingerprints(certificates.self_signed)))
    said = refusal(site, host)
    both = re.fullmatch(r"it has (SHA256:\w{64}) and (SPKI-SHA256:\w{64}); "
                        "neither is in tls-fingerprint, .*", said)
    for fingerprint in both.groups():
        site.configure(tls_fingerprint=fingerprint)
        assert_accepted(site, host, "known by its fingerprint")
    assert both[1].lower() == \
        fingerprints(certificates.good)[0].replace(":", "").lower() \
        .replace("sha256", "sha256:")


def test_a_new_certificate_for_the_same_key(site, smarthost, tmp_path):
    old = chains.make(tmp_path, Link("old"))
    new = chains.make(tmp_path, Link("new", key_of="old"))
    host = smarthost(certificate=old)
    whole, key = fingerprints(old)
    site.use(host, tls_fingerprint=key)
    assert_accepted(site, host, "known by its fingerprint")
    host.certificate = new
    assert_accepted(site, host, "known by its fingerprint")
    host.commands.clear()
    site.configure(tls_fingerprint=f"{whole} {fingerprints(new)[0]}")
    assert_accepted(site, host, "known by its fingerprint")


def test_a_fingerprint_needs_no_trust_anchors(site, smarthost, certificates):
    host = smarthost()
    site.use(host, tls_fingerprint=fingerprints(certificates.good)[0],
             tls_ca_file="/nonexistent")
    assert_accepted(site, host, "known by its fingerprint")


@pytest.mark.parametrize("policy", ["opportunistic", "none"])
def test_a_fingerprint_and_less_than_tls_required(site, smarthost, policy,
                                                  certificates):
    host = smarthost("starttls")
    site.use(host, tls=policy,
             tls_fingerprint=fingerprints(certificates.good)[0])
    result = site.ctl("config")
    assert result.status == 78
    assert "tls-fingerprint needs tls required" in result.stderr
    assert host.sessions == []


@pytest.fixture
def wants_certificate(smarthost, certificates, tmp_path):
    """A smarthost that takes only clients of its own authority."""
    chains.make(tmp_path, intermediate(), Link("client", (
        "extendedKeyUsage=clientAuth",)))
    (tmp_path / "chain.pem").write_text(
        (tmp_path / "client.pem").read_text() +
        (tmp_path / "middle.pem").read_text())
    (tmp_path / "client.key").chmod(0o400)

    def make(tls="implicit", **options):
        return lenient(smarthost(tls), client_ca=tmp_path / "root.pem",
                       **options)

    return make


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_a_certificate_of_our_own(site, wants_certificate, tmp_path, tls,
                                  version):
    host = wants_certificate(tls, maximum=ssl.TLSVersion[version])
    site.use(host, tls_cert_file=tmp_path / "chain.pem",
             tls_key_file=tmp_path / "client.key")
    assert_accepted(site, host)


@pytest.mark.parametrize("version, pattern", [
    ("TLSv1_2", "the smarthost refused: .*tls-cert-file"),
    ("TLSv1_3", "the smarthost wants a certificate of ours: set tls-cert-"),
])
def test_a_certificate_of_ours_is_wanted(site, wants_certificate, version,
                                         pattern):
    host = wants_certificate(maximum=ssl.TLSVersion[version])
    site.use(host)
    site.submit(ONE)
    status, log = site.flush()
    assert status == 75
    assert len(log.lines(f"cannot send: .*{pattern}")) == 1, log.text()


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_our_certificate_is_not_accepted(site, wants_certificate, version,
                                         tmp_path):
    make_self_signed(tmp_path, "stranger")
    (tmp_path / "stranger.key").chmod(0o400)
    host = wants_certificate(maximum=ssl.TLSVersion[version])
    site.use(host, tls_cert_file=tmp_path / "stranger.crt",
             tls_key_file=tmp_path / "stranger.key")
    site.submit(ONE)
    status, log = site.flush()
    assert status == 75
    assert len(log.lines("cannot send: .*the smarthost does not accept our "
                         "certificate: check tls-cert-file")) == 1, log.text()


def encrypt(path):
    openssl(path, "pkey", "-in", "client.key", "-aes256", "-passout",
            "pass:secret", "-out", "encrypted.key")
    (path / "client.key").unlink()
    (path / "encrypted.key").rename(path / "client.key")
    (path / "client.key").chmod(0o400)


def weaken(path):
    chains.make(path, Link("weak", key=RSA_1024))
    (path / "weak.pem").rename(path / "chain.pem")
    (path / "weak.key").chmod(0o400)
    (path / "weak.key").rename(path / "client.key")


def write(name, text):
    def change(path):
        (path / name).unlink()
        (path / name).write_text(text)
        (path / name).chmod(0o400)

    return change


HARM = {
    "no certificate": (lambda path: (path / "chain.pem").unlink(),
                       "tls-cert-file .*/chain.pem: No such file"),
    "empty certificate": (write("chain.pem", ""),
                          "tls-cert-file .*/chain.pem: is empty"),
    "garbage": (write("chain.pem", "what\n"),
                "tls-cert-file .*/chain.pem: nothing in PEM in it"),
    "broken": (write("chain.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n"
                     "-----END CERTIFICATE-----\n"),
               "tls-cert-file .*/chain.pem: "),
    "a directory": (lambda path: ((path / "chain.pem").unlink(),
                                  (path / "chain.pem").mkdir()),
                    "tls-cert-file .*/chain.pem: Invalid argument"),
    "no key": (lambda path: (path / "client.key").unlink(),
               "tls-key-file .*/client.key: No such file"),
    "key for the group": (lambda path: (path / "client.key").chmod(0o440),
                          "tls-key-file .*/client.key: can be read by "
                          "others: chmod 0400 it"),
    "key for all": (lambda path: (path / "client.key").chmod(0o404),
                    "tls-key-file .*/client.key: can be read by others"),
    "empty key": (write("client.key", ""),
                  "tls-key-file .*/client.key: is empty"),
    "no key in it": (write("client.key", "what\n"),
                     "tls-key-file .*/client.key: no key in PEM in it"),
    "another key": (lambda path: ((path / "middle.key").chmod(0o400),
                                  (path / "middle.key").rename(
                                      path / "client.key")),
                    "tls-key-file .*/client.key: does not belong to the "
                    "certificate in tls-cert-file"),
    "weak key": (weaken, "tls-cert-file .*/chain.pem: the key is too small"),
    "encrypted key": (encrypt, "tls-key-file .*/client.key: is encrypted"),
}


@pytest.mark.parametrize("name", HARM)
def test_a_certificate_of_our_own_that_is_no_good(
        site, wants_certificate, tmp_path, name):
    harm, pattern = HARM[name]
    host = wants_certificate()
    site.use(host, tls_cert_file=tmp_path / "chain.pem",
             tls_key_file=tmp_path / "client.key")
    harm(tmp_path)
    site.submit(ONE)
    status, log = site.flush()
    assert status == 75
    assert len(log.lines("cannot send: no client certificate: "
                         f"{pattern}.*; mend it, or take tls-cert-file "
                         "out")) == 1, log.text()
    assert host.commands == []


@pytest.mark.parametrize("keyword", ["tls_cert_file", "tls_key_file"])
def test_one_of_certificate_and_key(site, smarthost, keyword):
    site.use(smarthost(), **{keyword: "/x"})
    result = site.ctl("config")
    assert result.status == 78
    assert "is of no use without tls-" in result.stderr


GARBAGE = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize("text", ["{0}{1}", "{1}{0}", "{0}{1}{0}",
                                  "{0}-----BEGIN CERTIFICATE-----\n"])
def test_one_broken_anchor_among_others(site, smarthost, certificates, text):
    path = site.directory / "anchors.pem"
    path.write_text(text.format(certificates.ca.read_text(), GARBAGE))
    host = smarthost()
    site.use(host, tls_ca_file=path)
    site.submit(ONE)
    status, log = site.flush()
    assert status == 0, log.text()
    assert len(log.lines(rf"trust anchors: {path}:\d+: a certificate "
                         "(that|without)")) == 1


@pytest.mark.parametrize("text, said", [
    ("", "no certificate in PEM in it"),
    ("text\n", "no certificate in PEM in it"),
    (GARBAGE + GARBAGE, "a certificate that is malformed"),
    ("-----BEGIN CERTIFICATE-----\n", "a certificate without its END line"),
])
def test_no_anchor_at_all(site, smarthost, text, said):
    path = site.directory / "anchors.pem"
    path.write_text(text)
    host = smarthost()
    site.use(host, tls_ca_file=path)
    site.submit(ONE)
    status, log = site.flush()
    assert status == 75
    assert len(log.lines(f"cannot send: no trust anchors: {path}.*: {said}; "
                         "set tls-ca-file or install ca-")) == 1, log.text()


def test_anchors_where_openssl_is_told_to_look(site, smarthost,
                                               certificates):
    host = smarthost()
    site.use(host, tls_ca_file=None)
    site.submit(ONE)
    flush = [program("onehop-flush"), "-q", "-C", str(site.configuration)]
    result = run(flush, env=environment())
    assert result.status == 75
    assert "no trust anchor for its issuer" in result.stderr
    result = run(flush, env=environment(SSL_CERT_FILE=str(certificates.ca)))
    assert result.status == 0, result.stderr
    assert len(host.messages) == 1
