"""Debian's OpenSMTPD as a smarthost in a directory of its own."""

import pathlib
import shutil
import subprocess

from unpacked import Unpacked

CONFIGURATION = """\
pki localhost cert "{directory}/certificate.pem"
pki localhost key "{directory}/certificate.pem"
table credentials {{ "{user}" = "{hash}" }}
table everyone {{ "@" = "boxes" }}
smtp max-message-size "{size}"
smtp limit max-mails {mails}
smtp limit max-rcpt 1000
listen on 127.0.0.1 port {starttls} tls-require pki localhost \\
    auth <credentials> hostname smarthost.example.net
listen on 127.0.0.1 port {smtps} smtps pki localhost \\
    auth <credentials> hostname smarthost.example.net
action "box" maildir "{directory}/box" virtual <everyone>
match from any for rcpt-to "refused@example.net" reject
match auth from any for any action "box"
"""


class OpenSMTPD(Unpacked):
    package, daemon = "opensmtpd", "usr/sbin/smtpd"
    libexec = "usr/libexec"
    users = ("boxes", "opensmtpd", "opensmtpq")

    def __init__(self, directory, certificate, user, password, size, mails):
        super().__init__(directory)
        (self.directory / "lib" / "opensmtpd" / "empty").mkdir(parents=True)
        shutil.copy(certificate, self.directory / "certificate.pem")
        self.environment = {"LD_PRELOAD": str(self.compile())}
        crypt = subprocess.run(
            ["openssl", "passwd", "-6", "-stdin"], input=password, text=True,
            capture_output=True, check=True).stdout.strip()
        path = self.directory / "smtpd.conf"
        path.write_text(CONFIGURATION.format(
            directory=self.directory, user=user, hash=crypt, size=size,
            mails=mails, starttls=self.starttls, smtps=self.smtps))

    def compile(self):
        """What Debian's needs to have TLS with OpenSSL 3."""
        library = self.directory / "opensmtpd.so"
        source = pathlib.Path(__file__).with_suffix(".c")
        subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, source,
                        "-lssl", "-lcrypto"], check=True, capture_output=True)
        return library

    def command(self):
        return ["-d", "-v", "-f", self.directory / "smtpd.conf"]
