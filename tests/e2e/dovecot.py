"""Debian's Dovecot as the authentication server behind Postfix.

It knows one user by a password in the clear, from which it makes what each
mechanism needs, one by what SCRAM-SHA-256 stores, and takes tokens that are
signed with its key.
"""

import base64
import hashlib
import hmac
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

from harness import wait_until

MECHANISMS = ("PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 OAUTHBEARER "
              "XOAUTH2")
STORED = "stored@example.org"
KEY = b"not much of a key"

CONFIGURATION = """\
base_dir = {directory}/run
state_dir = {directory}/state
log_path = {directory}/log
auth_verbose = yes
protocols =
ssl = no
auth_mechanisms = {mechanisms}
disable_plaintext_auth = no
auth_failure_delay = 0
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  unix_listener {socket} {{
    mode = 0666
  }}
}}
passdb {{
  driver = passwd-file
  args = username_format=%u {directory}/users
  mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256
}}
passdb {{
  driver = oauth2
  mechanisms = oauthbearer xoauth2
  args = {directory}/oauth2
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home=/nonexistent
}}
"""

OAUTH2 = """\
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={directory}/keys/
username_attribute = email
"""


def missing():
    """Why it cannot run here, or None."""
    if os.geteuid() != 0:
        return "Dovecot needs root"
    if not shutil.which("dovecot", path=os.environ["PATH"] + ":/usr/sbin"):
        return "Dovecot is not installed"
    return None


def encode(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=")


def token(user, lasts=600):
    """RFC 7519, signed as RFC 7515 has it."""
    now = int(time.time())
    parts = [{"alg": "HS256", "typ": "JWT"},
             {"email": user, "sub": user, "iat": now, "exp": now + lasts}]
    text = b".".join(encode(json.dumps(part).encode()) for part in parts)
    return (text + b"." + encode(
        hmac.new(KEY, text, hashlib.sha256).digest())).decode()


class Dovecot:
    def __init__(self, directory, user, password):
        self.directory = pathlib.Path(directory)
        self.socket = self.directory / "auth"
        keys = self.directory / "keys" / "default" / "HS256"
        keys.mkdir(parents=True)
        (keys / "default").write_bytes(base64.b64encode(KEY))
        (self.directory / "oauth2").write_text(
            OAUTH2.format(directory=directory))
        stored = subprocess.run(
            ["doveadm", "pw", "-s", "SCRAM-SHA-256", "-p", password],
            check=True, capture_output=True, text=True).stdout.strip()
        (self.directory / "users").write_text(
            f"{user}:{{PLAIN}}{password}\n{STORED}:{stored}\n")
        self.configuration = self.directory / "dovecot.conf"
        self.configuration.write_text(CONFIGURATION.format(
            directory=directory, socket=self.socket,
            mechanisms=MECHANISMS.lower()))
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            ["dovecot", "-F", "-c", self.configuration],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
        wait_until(self.socket.exists, "a listening Dovecot")

    def stop(self):
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(30)

    def log(self):
        path = self.directory / "log"
        return path.read_text() if path.exists() else ""
