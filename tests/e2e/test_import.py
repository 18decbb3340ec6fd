"""onehopctl import: from another program's files to mail that arrives."""

import os
import shutil
import stat
import subprocess

import pytest

import postfix
import unpacked
from harness import environment, field, program, run

ONE = "one@example.net"
USER = "me@example.com"


class Old:
    """The files of other programs below a directory, and their import."""

    def __init__(self, site):
        self.site = site
        self.root = site.directory / "root"
        self.password = site.configuration.parent / "password"
        self.senders = site.configuration.parent / "senders"
        self.nullmailer = self.root / "var/spool/nullmailer"
        self.password.unlink()
        site.configuration.write_text(f"spool {site.spool.path}\n")

    def write(self, **files):
        """Files by name, in which __ stands for / and _ for itself."""
        for name, text in files.items():
            path = self.root / name.replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            path.chmod(0o600)

    def run(self, *arguments, **options):
        return self.site.ctl("import", "--from", str(self.root), *arguments,
                             **options)

    def take(self, name):
        """Written in place of the configuration, and read without mistakes;
        then the rest of what the site needs."""
        result = self.run("--write", "--force", name)
        assert result.status == 0, result.stderr
        config = self.site.ctl("config")
        assert (config.status, config.stderr) == (0, "")
        text = self.site.configuration.read_text()
        keywords = {line.split(" ", 1)[0] for line in text.splitlines()}
        with open(self.site.configuration, "a", encoding="utf-8") as file:
            for keyword, value in self.site.settings.items():
                if keyword not in keywords:
                    file.write(f"{keyword} {value}\n")
        return result


@pytest.fixture
def old(site):
    return Old(site)


def settings(text):
    """What a printed configuration sets."""
    return dict(line.split(" ", 1) for line in text.splitlines()
                if line and not line.startswith("#"))


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


# Each program's files, as people have them. What none of its lines can say is
# set afterwards: programs that do not verify certificates name no authority.

SSMTP = {"etc__ssmtp__ssmtp.conf": """\
# Config file for sSMTP sendmail
root=postmaster
mailhub=localhost:{port}
rewriteDomain=example.com
hostname=web.example.com
FromLineOverride=YES
UseTLS=YES
UseSTARTTLS=YES
AuthUser={user}
AuthPass={password}
""", "etc__ssmtp__revaliases": """\
# local_account:outgoing_address:mailhub
root:{user}:localhost:{port}
"""}

MSMTP = {"etc__msmtprc": """\
defaults
auth           on
tls            on
tls_starttls   off
tls_trust_file {ca}
logfile        /var/log/msmtp.log

account        gmail
host           localhost
port           {port}
from           {user}
user           {user}
password       "{password}"

account default : gmail
""", "etc__aliases": ""}

NULLMAILER = {"etc__nullmailer__remotes": "localhost smtp port={port} starttls"
              " user={user} pass='{password}' x509cafile={ca}\n",
              "etc__nullmailer__adminaddr": "ops@example.com\n",
              "etc__nullmailer__allmailfrom": "{user}\n",
              "etc__nullmailer__sendtimeout": "60\n"}

DMA = {"etc__dma__dma.conf": """\
SMARTHOST localhost
PORT {port}
AUTHPATH /etc/dma/auth.conf
SECURETRANSFER
MAILNAME web.example.com
MASQUERADE {user}
NULLCLIENT
DEFER
""", "etc__dma__auth.conf": "{user}|localhost:{password}\n"}

ESMTP = {"etc__esmtprc": """\
hostname = localhost:{port}
username = "{user}"
password = "{password}"
starttls = required
force reverse_path = "{user}"
mda = "/usr/bin/procmail -d %T"
"""}

POSTFIX = {"etc__postfix__main.cf": """\
myhostname = web.example.com
mydestination =
relayhost = [localhost]:{port}
smtp_sasl_auth_enable = yes
smtp_sasl_password_maps = hash:/etc/postfix/sasl_passwd
smtp_sasl_security_options =
    noanonymous
smtp_tls_security_level = secure
smtp_tls_CAfile = {ca}
sender_canonical_maps = static:{user}
inet_protocols = ipv4
""", "etc__postfix__sasl_passwd": "[localhost]:{port} {user}:{password}\n"}

PROGRAMS = [
    ("ssmtp", "starttls", "s3cret:word", SSMTP, "ssmtp.conf:6:"),
    ("msmtp", "implicit", ' app "word" #1 ', MSMTP, "msmtprc:6: "),
    ("nullmailer", "starttls", "my pass phrase", NULLMAILER, "sendtimeout:1:"),
    ("dma", "implicit", "pass:word |x", DMA, "dma.conf:8: "),
    ("esmtp", "starttls", "pass # word", ESMTP, "esmtprc:6: "),
    ("postfix", "starttls", "pass:word", POSTFIX, "main.cf:11: "),
]


@pytest.mark.parametrize("name, tls, password, files, lost", PROGRAMS,
                         ids=[case[0] for case in PROGRAMS])
def test_mail_arrives_with_what_was_imported(old, smarthost, name, tls,
                                             password, files, lost):
    host = smarthost(tls=tls, user=USER, password=password)
    ca = old.site.certificates.ca
    old.write(**{path: text.format(port=host.port, user=USER, ca=ca,
                                   password=password)
                 for path, text in files.items()})
    printed = old.run(name)
    assert printed.status == 0
    assert password not in printed.stdout + printed.stderr
    assert f"{lost}" in printed.stdout.partition("# Not carried over:")[2]
    old.site.configure(domain="example.com", tls_ca_file=ca)
    old.site.configuration.write_text(f"spool {old.site.spool.path}\n")
    written = old.take(name)
    assert lost in written.stderr
    assert password not in written.stdout + written.stderr
    assert old.password.read_text() == password + "\n"
    assert (mode(old.site.configuration), mode(old.password)) == (0o644,
                                                                  0o400)
    assert password not in old.site.configuration.read_text()
    old.site.submit("-f", "root@web.example.com", ONE)
    status, log = old.site.flush()
    assert status == 0, log.text()
    [message] = host.messages
    assert message.recipients == [ONE]
    assert message.sender == ("root@web.example.com" if name == "ssmtp" else
                              USER)


PROVIDERS = [
    ("msmtp", {"etc__msmtprc": """\
defaults
auth on
tls on
account office
host smtp.office365.com
port 587
from me@example.com
user me@example.com
auth xoauth2
passwordeval /usr/local/bin/mail-token
account gmail
host smtp.gmail.com
port 465
tls_starttls off
from me@gmail.com
user me@gmail.com
password abcdefghijklmnop
account default : gmail
"""}, {"relay": "smtps://smtp.gmail.com:465", "user": "me@gmail.com",
       "envelope-from": "me@gmail.com"}),
    ("nullmailer", {"etc__nullmailer__remotes": "email-smtp.eu-west-1."
                    "amazonaws.com smtp --port=587 --starttls --user=AKIAX "
                    "--pass=BJ0a/x+y\n"},
     {"relay": "smtp://email-smtp.eu-west-1.amazonaws.com:587",
      "user": "AKIAX"}),
    ("postfix", {"etc__postfix__main.cf": """\
relayhost = [smtp.office365.com]:587
smtp_use_tls = yes
smtp_sasl_auth_enable = yes
smtp_sasl_security_options = noanonymous
smtp_sasl_password_maps = hash:/etc/postfix/sasl_passwd
smtp_tls_security_level = encrypt
"""}, {"relay": "smtp://smtp.office365.com:587"}),
    ("dma", {"etc__dma__dma.conf": "SMARTHOST mail.example.com\nPORT 587\n"
             "SECURETRANSFER\nSTARTTLS\nOPPORTUNISTIC_TLS\n"},
     {"relay": "smtp://mail.example.com:587", "tls": "opportunistic"}),
]


@pytest.mark.parametrize("name, files, expected", PROVIDERS)
def test_what_is_printed_is_a_configuration(old, name, files, expected):
    old.write(**files)
    result = old.run(name)
    assert result.status == 0
    assert expected.items() <= settings(result.stdout).items()
    old.site.configuration.write_text(result.stdout)
    config = old.site.ctl("config")
    assert (config.status, config.stderr) == (0, "")


@pytest.mark.parametrize("line, words", [
    ("UseTLS=NO", "mail goes out in the clear"),
    ("UseTLS=YES", "did not verify the certificate"),
    ("AuthUser=x", "sent the password in the clear"),
])
def test_what_was_not_safe_is_said(old, line, words):
    old.write(**{"etc__ssmtp__ssmtp.conf": f"mailhub=h.example:25\n{line}\n"})
    text = " ".join(old.run("ssmtp").stdout.replace("#", " ").split())
    assert words in text


# Which program

def test_it_asks_when_several_are_there(old):
    old.write(**MSMTP, **DMA)
    result = old.run()
    assert (result.status, result.stdout) == (66, "")
    assert "found msmtp" in result.stderr and "found dma" in result.stderr


@pytest.mark.parametrize("kind", ["package", "link", "alternative"])
def test_it_takes_the_one_that_sendmail_belongs_to(old, kind):
    old.write(**MSMTP, **DMA)
    sbin = old.root / "usr/sbin"
    sbin.mkdir(parents=True)
    if kind == "package":
        old.write(**{"var__lib__dpkg__info__dma.list":
                     "/.\n/usr/sbin/sendmail\n"})
    elif kind == "link":
        (sbin / "sendmail").symlink_to("dma")
    else:
        (old.root / "etc/alternatives").mkdir()
        (sbin / "sendmail").symlink_to("/etc/alternatives/mta")
        (old.root / "etc/alternatives/mta").symlink_to("/usr/sbin/dma")
    result = old.run()
    assert result.status == 0
    assert result.stdout.startswith("# Imported from dma ")


def test_it_takes_the_only_one(old):
    old.write(**ESMTP)
    assert old.run().stdout.startswith("# Imported from esmtp ")


def test_there_is_none(old):
    assert (old.run().status, old.run("dma").status) == (66, 66)


def test_a_file_that_is_named(old):
    old.write(**DMA, other="SMARTHOST other.example\n")
    result = old.run("dma", str(old.root / "other"))
    assert settings(result.stdout)["relay"] == "smtp://other.example:25"


@pytest.mark.parametrize("arguments", [
    ["exim"], ["--force"], ["dma", "a", "b", "c"], ["--bogus"]])
def test_usage(old, arguments):
    assert old.site.ctl("import", *arguments).status == 64


# Writing

def test_what_says_something_is_not_overwritten(old):
    old.write(**DMA)
    before = old.site.configuration.read_text()
    result = old.run("--write", "dma")
    assert result.status == 73 and "--force" in result.stderr
    assert old.site.configuration.read_text() == before
    assert not old.password.exists()


def test_what_was_there_is_kept(old):
    old.write(**DMA)
    old.password.write_text("other\n")
    before = old.site.configuration.read_text()
    names = set(os.listdir(old.site.directory))
    assert old.run("--write", "--force", "dma").status == 0
    assert set(os.listdir(old.site.directory)) == names | {
        "onehop.conf.old", "password.old"}
    kept = old.site.configuration.with_name("onehop.conf.old")
    assert kept.read_text() == before
    assert old.password.with_name("password.old").read_text() == "other\n"
    # The same again takes nothing away, so that it needs no --force.
    assert old.run("--write", "dma").status == 0


def test_comments_may_be_overwritten(old):
    old.write(**{"etc__dma__dma.conf": "SMARTHOST localhost\nNULLCLIENT\n"})
    old.site.configuration.write_text("# relay smtps://smtp.example.com\n\n")
    assert old.run("--write", "dma").status == 0
    assert "relay" in settings(old.site.configuration.read_text())


def test_the_password_belongs_to_the_owner_of_the_spool(old, root):
    old.write(**DMA)
    old.site.spool.path.mkdir(exist_ok=True)
    os.chown(old.site.spool.path, 54321, 54322)
    assert old.run("--write", "--force", "dma").status == 0
    status = old.password.stat()
    assert (status.st_uid, status.st_gid) == (54321, 54322)
    assert old.site.configuration.stat().st_uid == 0


def test_senders_are_a_table(old):
    old.write(**{"etc__ssmtp__ssmtp.conf": "mailhub=localhost\n",
                 "etc__ssmtp__revaliases": f"root:{USER}\n"})
    assert old.run("--write", "--force", "ssmtp").status == 0
    assert settings(old.site.configuration.read_text())["senders"] == str(
        old.senders)
    assert mode(old.senders) == 0o644
    rewrite = old.site.ctl("rewrite", "root")
    assert f"-> {USER}\n" in rewrite.stdout


# Postfix's own opinion

EXPANSIONS = [
    "$myhostname", "x.$mydomain", "${mydomain}", "$(mydomain).y",
    "${relayhost?yes.$mydomain}", "${relayhost:n}a", "${relay_domains:n}a",
    "${relayhost?{a.b}:{c.d}}", "${relay_domains?{a.b}:{c.d}}",
    "${relayhost?{${relay_domains:$myhostname}}}", "a$$b"]


@pytest.mark.parametrize("host", ["", "myhostname = web.example.net\n",
                                  "mydomain = example.edu\n"])
def test_values_are_expanded_as_postfix_does(old, host):
    if not shutil.which("postconf"):
        pytest.skip(postfix.missing() or "needs postconf")
    directory = old.root / "etc/postfix"
    for value in EXPANSIONS:
        text = (f"{host}relayhost = [h.example]\nrelay_domains =\n"
                f"mydestination =\n"
                f"smtp_helo_name = {value}\n")
        old.write(**{"etc__postfix__main.cf": text,
                     "etc__postfix__master.cf": ""})
        # Postfix waits until a file is older than it is now.
        os.utime(directory / "main.cf", (0, 0))
        theirs = run(["postconf", "-c", str(directory), "-xh",
                      "smtp_helo_name"]).stdout.strip()
        ours = settings(old.run("postfix").stdout).get("helo", "")
        assert ours == theirs, value


# Queues

@pytest.mark.parametrize("name, path, waits", [
    ("dma", "dma/Q1a", True), ("dma", "dma/flush", False),
    ("postfix", "postfix/deferred/A/A0B1", True),
    ("postfix", "postfix/maildrop/1", True),
    ("postfix", "postfix/private/1", False)])
def test_mail_that_still_waits_is_named(old, name, path, waits):
    old.write(**DMA, **POSTFIX, **{f"var__spool__{path}": ""})
    assert ("mail waits here" in old.run(name).stdout) == waits


# nullmailer's queue

HEADER = "From: a@example.com\nTo: one@example.net\nSubject: queued\n\n"


@pytest.fixture
def queued(old, smarthost):
    """A site in the place of a nullmailer with an empty queue."""
    host = smarthost(tls="starttls", user=USER, password="p")
    old.write(**{path: text.format(port=host.port, user=USER, password="p",
                                   ca=old.site.certificates.ca)
                 for path, text in NULLMAILER.items()
                 if "allmailfrom" not in path})
    for name in ("queue", "tmp", "failed"):
        (old.nullmailer / name).mkdir(parents=True)
    os.mkfifo(old.nullmailer / "trigger")
    old.host = host
    return old


def put(old, name, text):
    (old.nullmailer / "queue" / name).write_text(text)


def left(old):
    return [sorted(os.listdir(old.nullmailer / name))
            for name in ("queue", "onehop")]


def test_the_queue_is_delivered(queued):
    put(queued, "1.1", f"a@example.com\n{ONE}\ntwo@example.net\n\n{HEADER}x\n")
    put(queued, "2.1", f"\n{ONE}\n\n{HEADER}.\ny\n")
    queued.take("nullmailer")
    assert left(queued) == [[], []]
    assert len(queued.site.spool.files("new")) == 2
    status, log = queued.site.flush()
    assert status == 0, log.text()
    first, second = sorted(queued.host.messages, key=lambda m: m.sender,
                           reverse=True)
    assert (first.sender, first.recipients) == (
        "a@example.com", [ONE, "two@example.net"])
    assert (second.sender, second.recipients) == ("", [ONE])
    assert field(first.data, "subject") == ["queued"]
    assert first.data.endswith(b"\r\n\r\nx\r\n")
    assert second.data.endswith(b"\r\n\r\n.\r\ny\r\n")


def test_what_nullmailer_has_queued(queued):
    """Its own program makes the file."""
    path = "usr/sbin/nullmailer-queue"
    reason = unpacked.missing("nullmailer", path)
    if reason:
        pytest.skip(reason)
    binary = unpacked.path_of("nullmailer", path)
    for name in ("queue", "tmp"):
        os.chown(queued.nullmailer / name, binary.stat().st_uid, 0)
    subprocess.run(
        ["unshare", "--mount", "sh", "-ec",
         'mount --bind "$0" /var/spool; exec "$@"',
         str(queued.nullmailer.parent), str(binary)],
        input=f"a@example.com\n{ONE}\n\n{HEADER}text\n".encode(), check=True)
    assert len(os.listdir(queued.nullmailer / "queue")) == 1
    queued.take("nullmailer")
    assert left(queued) == [[], []]
    status, log = queued.site.flush()
    assert status == 0, log.text()
    [message] = queued.host.messages
    assert (message.sender, message.recipients) == ("a@example.com", [ONE])


def test_a_queue_in_use_is_left_alone(queued):
    put(queued, "1.1", f"a@example.com\n{ONE}\n\n{HEADER}x\n")
    reader = os.open(queued.nullmailer / "trigger",
                     os.O_RDONLY | os.O_NONBLOCK)
    try:
        result = queued.run("--write", "--force", "nullmailer")
    finally:
        os.close(reader)
    assert result.status == 75 and "nullmailer-send is running" in \
        result.stderr
    assert queued.site.spool.names("new") == []


def test_what_is_not_taken_stays(queued):
    """No recipient, no message, a link, a file with two names, of another."""
    message = f"a@example.com\n{ONE}\n\n{HEADER}x\n"
    queue = queued.nullmailer / "queue"
    put(queued, "1.1", "a@example.com\n<>\n\nx\n")
    put(queued, "1.2", f"a@example.com\n{ONE}\n")
    (queued.root / "message").write_text(message)
    (queue / "1.3").symlink_to(queued.root / "message")
    os.link(queued.root / "message", queue / "1.4")
    names = ["1.1", "1.2", "1.3", "1.4"]
    if os.geteuid() == 0:
        put(queued, "1.5", message)
        os.chown(queue / "1.5", 54321, 54321)
        names.append("1.5")
    result = queued.run("--write", "--force", "nullmailer")
    assert result.status == 65
    for name in names:
        assert f"{name}: " in result.stderr
    assert left(queued) == [names, []]
    assert queued.site.spool.names("new") == []


@pytest.mark.parametrize("victim, status", [("$PPID", -9), ("$$", 75)])
def test_nothing_is_sent_twice(queued, victim, status):
    """An import, or its sendmail, is killed when the message was taken."""
    put(queued, "1.1", f"a@example.com\n{ONE}\n\n{HEADER}x\n")
    sbin = queued.root / "sbin"
    sbin.mkdir()
    (sbin / "sendmail").write_text(
        f"#!/bin/sh\n{program('sendmail')} \"$@\"\nkill -9 {victim}\n")
    (sbin / "sendmail").chmod(0o755)
    killed = queued.run("--write", "--force", "nullmailer",
                        env=environment(ONEHOP_SBINDIR=str(sbin)))
    assert killed.status == status
    assert left(queued) == [[], ["1.1"]]
    assert len(queued.site.spool.names("new")) == 1
    again = queued.run("--write", "nullmailer")
    assert again.status == 75 and "onehop/1.1: " in again.stderr
    assert left(queued) == [[], ["1.1"]]
    assert len(queued.site.spool.names("new")) == 1
