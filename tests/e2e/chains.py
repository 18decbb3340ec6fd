"""Chains of certificates with whatever may be wrong in one of them."""

import dataclasses
import datetime

from certificates import LOCAL, make_authority, openssl

P256 = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")
RSA_1024 = ("rsa:1024",)
SERVER = (f"subjectAltName={LOCAL}", "extendedKeyUsage=serverAuth")
AUTHORITY = ("basicConstraints=critical,CA:true",
             "keyUsage=critical,keyCertSign,cRLSign",
             "subjectKeyIdentifier=hash", "authorityKeyIdentifier=keyid")


def day(offset):
    """A date that many days from now, as openssl ca reads it."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return (now + datetime.timedelta(days=offset)).strftime("%Y%m%d000000Z")


@dataclasses.dataclass
class Link:
    """A certificate; the last one of a chain is the server's."""
    name: str
    extensions: tuple = SERVER
    key: tuple = P256
    digest: str = "sha256"
    begins: str = dataclasses.field(default_factory=lambda: day(-1))
    ends: str = dataclasses.field(default_factory=lambda: day(2))
    sections: str = ""
    key_of: str = None      # the name of a link that has made the key


def sign(directory, link, authority):
    key = (["-new", "-key", f"{link.key_of}.key"] if link.key_of else
           ["-newkey", *link.key, "-keyout", f"{link.name}.key"])
    openssl(directory, "req", *key, "-nodes", "-out", f"{link.name}.csr",
            "-subj", f"/CN=onehop test {link.name}")
    if link.key_of:
        (directory / f"{link.name}.key").write_text(
            (directory / f"{link.key_of}.key").read_text())
    (directory / "index").write_text("")
    (directory / "sign.cnf").write_text(
        "[ca]\ndefault_ca=a\n[a]\n"
        f"database={directory}/index\nnew_certs_dir={directory}\n"
        f"default_md={link.digest}\npolicy=p\nrand_serial=yes\n"
        "unique_subject=no\nx509_extensions=e\n"
        "[p]\ncommonName=supplied\n[e]\n" + "\n".join(link.extensions) +
        "\n" + link.sections)
    openssl(directory, "ca", "-batch", "-notext", "-config", "sign.cnf",
            "-cert", f"{authority}.pem", "-keyfile", f"{authority}.key",
            "-in", f"{link.name}.csr", "-out", f"{link.name}.pem",
            "-startdate", link.begins, "-enddate", link.ends)


def make(directory, *links, authority="root"):
    """The server's file: key, certificate and what leads to the authority,
    which is made beside it if it is not there."""
    if not (directory / f"{authority}.pem").exists():
        make_authority(directory, authority)
    above = authority
    for link in links:
        sign(directory, link, above)
        above = link.name
    path = directory / f"{above}-server.pem"
    names = [f"{above}.key"] + [f"{link.name}.pem" for link in links[::-1]]
    path.write_text("".join((directory / name).read_text()
                            for name in names))
    path.chmod(0o600)
    return path
