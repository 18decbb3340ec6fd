"""The server's side of the authentication mechanisms.

Each function takes a session and the initial response, if there was one, and
returns the Claim that the client has made. It raises Refused for a claim that
is not true where the mechanism itself finds that out, Cancelled where the
client has cancelled, and ValueError for what is malformed.
"""

import base64
import dataclasses
import hashlib
import hmac
import re
import secrets
import ssl

GS2 = re.compile(r"(?P<flag>n|y|p=(?P<binding>[A-Za-z0-9.-]+)),"
                 r"(?:a=(?P<authzid>[^,]+))?,")
BARE = re.compile(r"n=(?P<user>[^,]+),r=(?P<nonce>[!-+\--~]+)")
FINAL = re.compile(r"(c=(?P<bound>[^,]+),r=(?P<nonce>[^,]+)),p=(?P<proof>.+)")
NAME = re.compile(r"=(?!2C|3D)")


class Cancelled(Exception):
    """The client has said "*"."""


class Refused(Exception):
    """The mechanism has found that the client is not to be let in."""

    def __init__(self, claim):
        super().__init__()
        self.claim = claim


@dataclasses.dataclass
class Claim:
    user: str
    password: str       # or a token; None where it was not right
    flag: str = None    # of the gs2-header: n, y, or p= and a type


def plain(session, initial):
    response = initial or session.challenge(b"")
    _, user, password = session.decode(response).split(b"\0")
    return Claim(user.decode(), password.decode())


def login(session, initial):
    user = session.decode(initial or session.challenge(b"Username:"))
    password = session.decode(session.challenge(b"Password:"))
    return Claim(user.decode(), password.decode())


def cram_md5(session, initial):
    if initial:
        raise ValueError("CRAM-MD5 has no initial response")
    challenge = b"<%d@localhost>" % secrets.randbelow(1 << 60)
    response = session.decode(session.challenge(challenge)).decode()
    user, _, digest = response.rpartition(" ")
    password = session.smarthost.credentials[1]
    right = hmac.new(password.encode(), challenge, "md5").hexdigest()
    return Claim(user, password if digest == right else None)


def external(session, initial):
    """Nothing but who it is, to a smarthost that has seen a certificate."""
    user = session.decode(initial or session.challenge(b"")).decode()
    if session.smarthost.clients and not session.channel.sock.getpeercert():
        raise Refused(Claim(user, None))
    return Claim(user, session.smarthost.credentials[1])


def oauth(session, claim, dummy):
    """What is wrong with a token is said first, and refused after that."""
    if (claim.user, claim.password) == session.smarthost.credentials:
        return claim
    error = b'{"status":"invalid_token","scope":"mail"}'
    if session.decode(session.challenge(error)) != dummy:
        session.violation("the error is not answered as it should be")
    raise Refused(claim)


def oauthbearer(session, initial):
    header, *pairs, end, last = session.decode(
        initial or session.challenge(b"")).decode().split("\1")
    values = dict(pair.split("=", 1) for pair in pairs)
    if end or last or values["port"] != str(session.smarthost.port):
        raise ValueError("not as RFC 7628 has it")
    kind, _, token = values["auth"].partition(" ")
    if kind != "Bearer" or values["host"] not in ("localhost", "127.0.0.1"):
        raise ValueError("not as RFC 7628 has it")
    match = GS2.fullmatch(header)
    claim = Claim(unescape(match["authzid"]), token, match["flag"])
    return oauth(session, claim, b"\1")


def xoauth2(session, initial):
    response = session.decode(initial or session.challenge(b"")).decode()
    match = re.fullmatch("user=([^\1]+)\1auth=Bearer ([^\1]+)\1\1", response)
    return oauth(session, Claim(match[1], match[2]), b"")


def unescape(name):
    """A saslname of RFC 5801."""
    if NAME.search(name):
        raise ValueError(f"{name!r} is no saslname")
    return name.replace("=2C", ",").replace("=3D", "=")


def scram(session, initial, digest, plus):
    """RFC 5802; smarthost.binds says what it takes in the way of bindings."""
    text = session.decode(initial or session.challenge(b"")).decode()
    header = GS2.match(text)
    bare = BARE.fullmatch(text, header.end())
    claim = Claim(unescape(bare["user"]), None, header["flag"])
    if bool(header["binding"]) != plus:
        session.violation(f"{header['flag']} does not belong there")
    bound = header[0].encode()
    if header["binding"]:
        bound += binding(session, header["binding"], claim)
    elif header["flag"] == "y" and session.smarthost.binds:
        raise Refused(claim)
    nonce = bare["nonce"] + secrets.token_hex(12)
    salt, rounds = secrets.token_bytes(12), session.smarthost.iterations
    first = f"r={nonce},s={encode(salt)},i={rounds}"
    answer = session.decode(session.challenge(first.encode())).decode()
    final = FINAL.fullmatch(answer)
    if base64.b64decode(final["bound"], validate=True) != bound:
        raise Refused(claim)
    if final["nonce"] != nonce:
        raise ValueError("another nonce")
    message = f"{bare[0]},{first},{final[1]}".encode()
    password = session.smarthost.credentials[1]
    keys = Keys(digest, password, salt, rounds)
    if not keys.proves(message, base64.b64decode(final["proof"])):
        raise Refused(claim)
    signature = b"v=" + encode(keys.sign(message)).encode()
    if session.challenge(signature) != b"":
        session.violation("more than an empty response at the end")
    claim.password = password
    return claim


def binding(session, kind, claim):
    """The bytes that the client has to have; an error for other types."""
    if kind in session.smarthost.binds:
        return session.channel_binding(kind)
    session.challenge(b"e=unsupported-channel-binding-type")
    raise Refused(claim)


class Keys:
    """What follows from a password; RFC 5802, section 3."""

    def __init__(self, digest, password, salt, rounds):
        self.digest = digest
        salted = hashlib.pbkdf2_hmac(digest, password.encode(), salt, rounds)
        self.client = self.hmac(salted, b"Client Key")
        self.stored = hashlib.new(digest, self.client).digest()
        self.server = self.hmac(salted, b"Server Key")

    def hmac(self, key, message):
        return hmac.new(key, message, self.digest).digest()

    def proves(self, message, proof):
        mask = self.hmac(self.stored, message)
        return bytes(a ^ b for a, b in zip(proof, mask)) == self.client

    def sign(self, message):
        return self.hmac(self.server, message)


def encode(octets):
    return base64.b64encode(octets).decode()


def scram_sha_1(session, initial):
    return scram(session, initial, "sha1", False)


def scram_sha_1_plus(session, initial):
    return scram(session, initial, "sha1", True)


def scram_sha_256(session, initial):
    return scram(session, initial, "sha256", False)


def scram_sha_256_plus(session, initial):
    return scram(session, initial, "sha256", True)


MECHANISMS = {
    "PLAIN": plain, "LOGIN": login, "CRAM-MD5": cram_md5,
    "EXTERNAL": external, "OAUTHBEARER": oauthbearer, "XOAUTH2": xoauth2,
    "SCRAM-SHA-1": scram_sha_1, "SCRAM-SHA-1-PLUS": scram_sha_1_plus,
    "SCRAM-SHA-256": scram_sha_256,
    "SCRAM-SHA-256-PLUS": scram_sha_256_plus,
}


# Channel bindings.

def end_point(certificate):
    """RFC 5929, section 4, of a file whose signature is with SHA-256."""
    text = certificate.read_text()
    pem = text[text.index("-----BEGIN CERTIFICATE-----"):]
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).digest()


def exporter(keylog, cipher):
    """RFC 9266, from a log of the secrets of one session of TLS 1.3.

    Python's ssl has no exporter, so this is RFC 8446, section 7.5, again.
    """
    digest = "sha384" if cipher.endswith("SHA384") else "sha256"
    secret = bytes.fromhex(re.search(r"^EXPORTER_SECRET \w+ (\w+)$",
                                     keylog.read_text(), re.M)[1])
    size = hashlib.new(digest).digest_size
    empty = hashlib.new(digest).digest()
    derived = expand(digest, secret, b"EXPORTER-Channel-Binding", empty, size)
    return expand(digest, derived, b"exporter", empty, 32)


def expand(digest, secret, label, context, size):
    """HKDF-Expand-Label for no more than one block."""
    label = b"tls13 " + label
    info = size.to_bytes(2, "big") + bytes([len(label)]) + label + \
        bytes([len(context)]) + context + b"\1"
    return hmac.new(secret, info, digest).digest()[:size]
