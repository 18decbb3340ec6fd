"""A machine on which onehop is installed, for callers that accept no other.

It is this machine seen from namespaces of a test's own.  It has the name
host1, and no domain; /usr/sbin/sendmail is the one that was built, setgid,
with its configuration in its place; /etc is a copy with a user more, alice;
/run and what schedulers keep in /var/spool are empty.  What a test starts
there ends with it.
"""

import os
import pathlib
import re
import shutil
import signal
import subprocess

from caller import Caller
from harness import (BUILD, PATIENCE, Log, check_sanitizers, children,
                     environment, run, sanitized, wait_until)

NAMESPACES = ["unshare", "--mount", "--uts", "--pid", "--fork",
              "--kill-child", "--mount-proc"]
BOOT = pathlib.Path(__file__).with_name("boot")
SENDMAIL = pathlib.Path("/usr/sbin/sendmail")
USER_ID, OWNER_ID = 4711, 4712


def sysconfdir():
    """The directory of configurations that the programs were built with."""
    status = (BUILD / "config.status").read_text()
    value = re.search(r'^S\["sysconfdir"\]="(.*)"', status, re.M)[1]
    prefix = re.search(r'^S\["prefix"\]="(.*)"', status, re.M)[1]
    return pathlib.Path(value.replace("${prefix}", prefix))


def obstacle():
    """Why there can be no such machine here, or None."""
    if os.geteuid() != 0:
        return "needs root"
    for path in (SENDMAIL, sysconfdir()):
        if not path.exists():
            return f"needs a {path} to put another in its place"
    if run([*NAMESPACES, "mount", "-t", "tmpfs", "tmpfs", "/run"]).status:
        return "namespaces are not permitted"
    return None


def as_alice(command):
    return ("setpriv --reuid=alice --regid=alice --init-groups --reset-env "
            f"env LANG=C.UTF-8 {command}")


class Machine(Caller):
    """Scripts for sh are run by root; as_alice() makes a command hers."""

    def __init__(self, site, host):
        super().__init__(site, host)
        (self.directory / "inner").mkdir()
        self.spool.path.mkdir()
        os.chown(self.spool.path, OWNER_ID, OWNER_ID)
        os.chown(self.home, USER_ID, USER_ID)
        authority = self.directory / "ca.pem"
        shutil.copy(site.certificates.ca, authority)
        site.use(host, tls_ca_file=authority,
                 password_file=sysconfdir() / "onehop" / "password")
        self.environment = environment(
            HOME="/root", USER="root", LOGNAME="root", BUILD=str(BUILD),
            DIRECTORY=str(self.directory), SENDMAIL=str(SENDMAIL.resolve()),
            SYSCONFDIR=str(sysconfdir()), USER_ID=str(USER_ID),
            OWNER_ID=str(OWNER_ID), SANITIZED="yes" if sanitized() else None)
        self.environment.pop("ONEHOP_LIBEXECDIR")

    def command_line(self, script):
        return [*NAMESPACES, "sh", str(BOOT), script]

    def call(self, script, **options):
        return super().call(self.command_line(script), **options)

    def call_until_mail(self, script, **variables):
        """A script that goes on, such as a daemon, until mail has come."""
        log = Log(self.directory / "daemon.log")
        with open(log.path, "wb") as output:
            process = subprocess.Popen(
                self.command_line(script), stdin=subprocess.DEVNULL,
                stdout=output, stderr=output,
                env={**self.environment, **variables})
        try:
            wait_until(lambda: self.spool.names("new") or
                       process.poll() is not None, "mail from the script")
        finally:
            # unshare(1) ends when its child has, which is the first process
            # of a namespace and ends when all others there have.
            for pid in children(process.pid):
                os.kill(pid, signal.SIGKILL)
            process.wait(PATIENCE)
            check_sanitizers(log.text())
        assert self.spool.names("new"), log.text()

    def flush(self):
        self.call("exec onehop-flush -q")
