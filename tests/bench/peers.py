"""Postfix as a null client of the same smarthost, with the same messages.

Its queue is filled by pickup and cleanup while the queue manager is not there;
what is measured begins with the start of all of it."""

import grp
import os
import pwd
import shutil
import subprocess
import sys
import time

from network import wrong
from processes import Program
from relaying import LINGER, SAMPLE, timed, wait_for
from setting import RECIPIENT, SECRET, SENDER, USER, repeat

DAEMONS = "/usr/lib/postfix/sbin"
PATIENCE = 20       # seconds to fill the queue

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
myhostname = client.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
relayhost = [{host}]:{port}
smtp_tls_security_level = encrypt
smtp_tls_wrappermode = {wrapper}
smtp_tls_connection_reuse = {reuse}
smtp_sasl_auth_enable = yes
smtp_sasl_password_maps = texthash:{directory}/password
smtp_sasl_security_options = noanonymous
"""

# Without a queue manager cleanup would wait for it with each message.
NO_FLOW = "in_flow_delay = 0\n"

FILLING = """\
pickup unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
rewrite unix - - n - - trivial-rewrite
postlog unix-dgram n - n - 1 postlogd
"""

SENDING = """\
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsproxy unix - - n - 0 tlsproxy
postlog unix-dgram n - n - 1 postlogd
"""

# Directories of the queue, and whether the group postdrop may use them.
QUEUES = {"active": 0, "bounce": 0, "corrupt": 0, "defer": 0, "deferred": 0,
          "flush": 0, "hold": 0, "incoming": 0, "private": 0, "saved": 0,
          "trace": 0, "maildrop": 0o1730, "public": 0o2710}


def missing():
    """Why Postfix cannot be run here, or None."""
    if os.geteuid() != 0:
        return "Postfix needs root"
    if not os.access(DAEMONS + "/master", os.X_OK):
        return "Postfix is not installed"
    with open("/usr/sbin/sendmail", "rb") as f:
        if b"postdrop" not in f.read():
            return "/usr/sbin/sendmail is not Postfix's"
    return None


def count_files(directory):
    return sum(len(files) for _, _, files in os.walk(directory))


class Postfix:
    """An instance in a directory of its own."""

    def __init__(self, bench, way, reuse):
        self.bench, self.way, self.reuse = bench, way, reuse
        self.directory = bench.new_directory("postfix-")
        os.chmod(bench.dir, 0o711)
        os.chmod(self.directory, 0o755)
        self.make_queue()

    def make_queue(self):
        owner = pwd.getpwnam("postfix")
        for name in ("queue", "queue/pid", "data"):
            os.mkdir(self.path(name))
        os.chown(self.path("data"), owner.pw_uid, owner.pw_gid)
        group = grp.getgrnam("postdrop").gr_gid
        for name, mode in QUEUES.items():
            path = self.path("queue/" + name)
            os.mkdir(path)
            os.chown(path, owner.pw_uid, group if mode else owner.pw_gid)
            os.chmod(path, mode or 0o700)

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text):
        with open(self.path(name), "w") as f:
            f.write(text)

    def configure(self, services, smarthost, more=""):
        self.write("main.cf", more + MAIN.format(
            directory=self.directory, host=self.way.bind,
            port=smarthost.port, reuse="yes" if self.reuse else "no",
            wrapper="no" if smarthost.starttls else "yes"))
        self.write("master.cf", services)
        self.write("password", "[%s]:%d %s:%s\n" % (
            self.way.bind, smarthost.port, USER, SECRET))

    def master(self):
        env = {"MAIL_CONFIG": self.directory, "PATH": "/usr/sbin:/bin",
               "MAIL_LOGTAG": "postfix"}
        return Program(self.bench, [DAEMONS + "/master", "-c", self.directory,
                                    "-s"], self.way, env, "peer.log")

    def fill(self, letters, count):
        command = ["/usr/bin/env", "MAIL_CONFIG=" + self.directory,
                   "/usr/sbin/sendmail", "-i", "-f", SENDER, RECIPIENT]
        filling = self.master()
        while not os.path.exists(self.path("queue/public/pickup")):
            time.sleep(SAMPLE)
        failed = repeat(self.bench, count, 8, command, letters)["failed"]
        deadline = time.monotonic() + PATIENCE
        while (count_files(self.path("queue/maildrop")) and
               time.monotonic() < deadline):
            time.sleep(SAMPLE)
        time.sleep(LINGER)
        filling.stop()
        if failed or count_files(self.path("queue/incoming")) != count:
            print("bench: Postfix did not take the messages", file=sys.stderr)

    def relay(self, letters, count):
        smarthost = self.way.smarthost(count, self.bench.options.starttls)
        self.configure(FILLING, smarthost, NO_FLOW)
        self.fill(letters, count)
        self.configure(SENDING, smarthost)
        master = self.master()
        wait_for(master.began + self.bench.options.timeout, master,
                 lambda: smarthost.said(SAMPLE))
        time.sleep(LINGER)
        master.stop()
        figures = smarthost.end()
        figures.update(master.figures(), cpu=sum(master.cpu.values()))
        if wrong(figures):
            subprocess.run(["tail", self.path("log")], stdout=sys.stderr)
        shutil.rmtree(self.directory)
        return timed(figures, master.began)


def peers():
    """Names, and what relays a queue with each."""
    return [(name, lambda bench, way, letters, count, reuse=reuse:
             Postfix(bench, way, reuse).relay(letters, count))
            for name, reuse in (("Postfix, as shipped", False),
                                ("Postfix, TLS reuse", True))]
