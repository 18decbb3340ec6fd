"""Debian's Postfix as a smarthost in a directory of its own.

It listens on loopback only, checks passwords with Cyrus SASL against a
sasldb made for the test, and delivers into one maildir per domain.
"""

import os
import pathlib
import pwd
import shutil
import signal
import subprocess

from harness import free_port, group, is_open, wait_until

MASTER = "/usr/lib/postfix/sbin/master"
REALM = "example.org"
QUEUES = ("incoming", "active", "deferred", "bounce", "defer", "flush",
          "hold", "saved", "trace", "corrupt", "maildrop", "private",
          "public")

MAIN = """\
compatibility_level = 3.6
queue_directory = {directory}/queue
data_directory = {directory}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {directory}/log
maillog_file_prefixes = {directory}
myhostname = smarthost.example.net
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks =
alias_maps =
alias_database =
local_transport = error:none
virtual_mailbox_domains = example.net
virtual_mailbox_base = {directory}/mail
virtual_mailbox_maps = static:box/
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
message_size_limit = 60000000
mailbox_size_limit = 0
virtual_mailbox_limit = 0
smtpd_tls_chain_files = {certificate}
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_path = smtpd
cyrus_sasl_config_path = {directory}/sasl
smtpd_sasl_local_domain = {realm}
smtpd_sasl_security_options = noanonymous
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
smtpd_data_restrictions = reject_unauth_pipelining
smtpd_forbid_bare_newline = yes
"""

SERVICES = """\
127.0.0.1:{starttls} inet n - n - - smtpd
127.0.0.1:{smtps} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes \
-o smtpd_discard_ehlo_keywords=chunking
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
showq unix n - n - - showq
postlog unix-dgram n - n - 1 postlogd
"""


def missing():
    """Why it cannot run here, or None."""
    if os.geteuid() != 0:
        return "Postfix needs root"
    for name in ("postfix", "saslpasswd2", MASTER):
        if not shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin"):
            return f"{name} is not installed"
    return None


class Postfix:
    """settings take the place of those in main.cf, or are added."""

    missing = staticmethod(missing)
    mechanisms = "PLAIN LOGIN"      # of Cyrus SASL

    def __init__(self, directory, certificate, user, password, **settings):
        self.directory = pathlib.Path(directory)
        self.starttls, self.smtps = free_port(), free_port()
        self.owner = pwd.getpwnam("postfix")
        self.box = self.directory / "mail" / "box" / "new"
        for name in ("queue", "queue/pid", "sasl"):
            (self.directory / name).mkdir()
        for name in ("data", "mail", *(f"queue/{each}" for each in QUEUES)):
            (self.directory / name).mkdir(mode=0o700)
            self.give(self.directory / name)
        (self.directory / "queue" / "public").chmod(0o755)
        self.configure(certificate, settings)
        self.add_user(user, password)
        self.process = None

    def give(self, path):
        os.chown(path, self.owner.pw_uid, self.owner.pw_gid)

    def configure(self, certificate, settings):
        # A name that is there twice is a warning of every process, and then
        # postlogd may wait for itself to take its own.
        text = MAIN.format(
            directory=self.directory, certificate=certificate, realm=REALM,
            uid=self.owner.pw_uid, gid=self.owner.pw_gid)
        values = dict(line.split(" =", 1) for line in text.splitlines())
        values |= settings
        (self.directory / "main.cf").write_text("".join(
            f"{name} = {value}\n" for name, value in values.items()))
        (self.directory / "master.cf").write_text(SERVICES.format(
            starttls=self.starttls, smtps=self.smtps))

    def add_user(self, user, password):
        database = self.directory / "sasldb2"
        (self.directory / "sasl" / "smtpd.conf").write_text(
            "pwcheck_method: auxprop\nauxprop_plugin: sasldb\n"
            f"mech_list: {self.mechanisms}\nsasldb_path: {database}\n")
        subprocess.run(["saslpasswd2", "-p", "-c", "-f", database, "-u", REALM,
                        user], input=password.encode(), check=True,
                       capture_output=True)
        self.give(database)

    def start(self):
        self.process = subprocess.Popen(
            [MASTER, "-c", self.directory, "-s"], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={"MAIL_CONFIG": str(self.directory), "PATH": "/usr/sbin:/bin",
                 "MAIL_LOGTAG": "postfix"}, start_new_session=True)
        wait_until(self.listening, "a listening Postfix")

    def listening(self):
        assert self.process.poll() is None, self.log()
        return is_open(self.starttls) and is_open(self.smtps)

    def stop(self):
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(30)

    def kill(self):
        """All of its processes, without a warning."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)
        # The ports and locks of the next one are theirs as long as they are.
        wait_until(lambda: not group(self.process.pid), "the last of it")

    def delivered(self):
        """The messages in the maildir, as Postfix stored them."""
        if not self.box.is_dir():
            return []
        return [path.read_bytes() for path in sorted(self.box.iterdir())]

    def log(self):
        path = self.directory / "log"
        return path.read_text() if path.exists() else ""
