"""Certificates made on the spot with the openssl command."""

import collections
import pathlib
import subprocess

Certificates = collections.namedtuple(
    "Certificates", "ca good expired wrong_name self_signed untrusted")

LOCAL = "DNS:localhost,IP:127.0.0.1,IP:::1"


def openssl(directory, *arguments):
    subprocess.run(["openssl", *arguments], cwd=directory, check=True,
                   capture_output=True, timeout=60)


def make_authority(directory, name):
    openssl(directory, "req", "-x509", "-newkey", "ec",
            "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days", "2",
            "-subj", f"/CN=onehop test {name}",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    return directory / f"{name}.pem"


def make_self_signed(directory, name):
    openssl(directory, "req", "-x509", "-newkey", "ec",
            "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", f"{name}.key", "-out", f"{name}.crt", "-days", "2",
            "-subj", "/CN=localhost", "-addext", f"subjectAltName={LOCAL}")
    return join(directory, name)


P256 = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")


def make_signed(directory, name, authority, names=LOCAL, validity=None,
                key=P256):
    """A server certificate; validity is (start, end) as openssl ca reads it."""
    openssl(directory, "req", "-newkey", *key, "-nodes",
            "-keyout", f"{name}.key", "-out", f"{name}.csr",
            "-subj", f"/CN=onehop test {name}")
    database = directory / f"{name}.index"
    database.write_text("")
    (directory / f"{name}.cnf").write_text(
        "[ca]\ndefault_ca=a\n[a]\n"
        f"database={database}\nnew_certs_dir={directory}\n"
        "default_md=sha256\npolicy=p\nrand_serial=yes\n"
        "unique_subject=no\nx509_extensions=e\n"
        "[p]\ncommonName=supplied\n"
        f"[e]\nsubjectAltName={names}\nextendedKeyUsage=serverAuth\n")
    period = ["-days", "2"]
    if validity:
        period = ["-startdate", validity[0], "-enddate", validity[1]]
    openssl(directory, "ca", "-batch", "-notext", "-config", f"{name}.cnf",
            "-cert", f"{authority}.pem", "-keyfile", f"{authority}.key",
            "-in", f"{name}.csr", "-out", f"{name}.crt", *period)
    return join(directory, name)


def join(directory, name):
    """One file with the key and its certificate, in the order of Postfix."""
    path = directory / f"{name}-server.pem"
    path.write_text((directory / f"{name}.key").read_text() +
                    (directory / f"{name}.crt").read_text())
    path.chmod(0o600)
    return path


def make(directory):
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    past = ("20200101000000Z", "20200102000000Z")
    make_authority(directory, "stranger")
    return Certificates(
        ca=make_authority(directory, "ca"),
        good=make_signed(directory, "good", "ca"),
        expired=make_signed(directory, "expired", "ca", validity=past),
        wrong_name=make_signed(directory, "wrong-name", "ca",
                               names="DNS:mail.example.net"),
        self_signed=make_self_signed(directory, "self-signed"),
        untrusted=make_signed(directory, "untrusted", "stranger"))
