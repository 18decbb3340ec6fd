"""onehopctl check: what is wrong, why it matters, and a line that mends it.

Where it can be done here the line is written as it stands, and nothing must be
wrong after that."""

import os
import re
import shutil
import ssl
import stat
import time

import pytest

from certificates import make_signed
from checking import SETTING, Report, running, write
from harness import BUILD, PASSWORD, USER, Site, environment, program, run
from script import reply

ONE = "one@example.net"
NOBODY = 65534
HOSTS = ["unshare", "--mount", "sh", "-c",
         'mount --bind "$1" /etc/hosts && shift && exec "$@"', "sh"]


@pytest.fixture
def programs(tmp_path):
    """Where sendmail is installed as it should be: setgid."""
    directory = tmp_path / "programs"
    directory.mkdir()
    for name in ("sendmail", "onehopctl", "onehop-flush"):
        shutil.copy(BUILD / name, directory)
    (directory / "sendmail").chmod(0o2755)
    return directory


@pytest.fixture
def check(site, programs):
    """Runs the check; the site has a spool and a flusher."""
    def check(*arguments, prefix=(), **options):
        options.setdefault("env", environment(ONEHOP_SBINDIR=str(programs)))
        result = run([*prefix, program("onehopctl"), "-C",
                      str(site.configuration), "check", *arguments],
                     **options)
        return Report(result)

    site.configure(admin=ONE)
    site.ctl("list")
    return check


@pytest.fixture
def flusher(site, host, check):
    return running(site)


def test_all_is_well(site, smarthost, certificates, check, flusher, tmp_path):
    """Nothing is wrong, everything is named, and nothing was sent."""
    later = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + 30 * 86400))
    for suffix in ("pem", "key"):
        shutil.copy(certificates.ca.with_suffix(f".{suffix}"), tmp_path)
    host = smarthost(certificate=make_signed(
        tmp_path, "long", "ca", validity=("20200101000000Z", later)))
    site.use(host)
    report = check()
    assert (report.status, report.stderr) == (0, "")
    assert report.all("wrong") == []
    for pattern in (r"no mistakes$", r"the clock says ",
                    r"get example\.org$", r"password-file .* by \w+ only$",
                    r"mail to root goes to one@example\.net$",
                    r"mail from root is from root@example\.org$",
                    r"/sendmail is setgid ", r"modes are right$",
                    r"onehop-flush is running$", r"^localhost is .*127.0.0.1",
                    r"^127\.0\.0\.1: connected to port \d+ in \d+\.\d ms$",
                    r"certificate 1: /CN=onehop test long, issued by /CN="
                    r"onehop test ca, valid until 20\d\d-\d\d-\d\d ",
                    r"TLSv1\.\d, \S+, certificate verified$",
                    r"it offers SIZE 8BITMIME PIPELINING; not SMTPUTF8 ",
                    rf"authenticated as {USER} by PLAIN$",
                    rf"mail from <root@example\.org> to <{ONE}> is accepted$"):
        report.only("ok", pattern)
    # The certificate of the authority is one of those made for two days.
    assert report.only("warning", "certificate 2").what.endswith("left")
    assert [command.verb for command in host.commands] == [
        b"EHLO", b"AUTH", b"MAIL", b"RCPT", b"RSET", b"QUIT"]
    assert host.messages == []
    assert flusher.log.events() == []


WRONG = {   # smarthost, settings, what is wrong, whether it can be mended
    "expired": ({"certificate": "expired"}, {},
                "certificate verify failed: it expired on 2020-01-02", True),
    "signed by itself": ({"certificate": "self_signed"}, {},
                         "certificate verify failed: it is signed by itself",
                         True),
    "unknown authority": ({"certificate": "untrusted"}, {},
                          "no trust anchor for its issuer", False),
    "no STARTTLS": ({"tls": "starttls", "starttls_offered": False,
                     "auth_early": True}, {"tls": None},
                    "STARTTLS not offered$", True),
    "TLS too early": ({"tls": "starttls"}, {"relay": "smtps://localhost:{}"},
                      "TLS handshake failed: no TLS there", True),
    "TLS too late": ({}, {"relay": "smtp://localhost:{}", "timeout": "1s"},
                     "no greeting", True),
    "TLS too old": ({}, {"relay": "smtps://localhost:{}",
                         "tls-min-version": "1.3"},
                    "TLS handshake failed: .*version", True),
    "no name": ({}, {"relay": "smtps://nowhere.invalid"},
                "nowhere.invalid: host not found: ", False),
    "closed port": ({}, {"relay": "smtps://localhost:1"},
                    "127.0.0.1: cannot connect: Connection refused", False),
    "no AUTH": ({"mechanisms": ""}, {},
                "user is set but AUTH not offered", False),
    "no mechanism": ({"mechanisms": "CRAM-MD5"}, {"auth": "PLAIN"},
                     "no authentication mechanism in common", True),
    "sender": ({"script": {"mail:root@example.org": reply(
        "553 5.7.1 not yours")}}, {},
               "mail from <root@example.org> is refused: 553 5.7.1 not yours",
               True),
    "recipient": ({"script": {f"rcpt:{ONE}": reply("550 5.1.1 no such user")}},
                  {}, f"from <root@example.org> to <{ONE}> is refused: 550 ",
                  False),
    "no password": ({"user": None, "script": {"mail": reply(
        "530 5.7.0 authenticate first")}}, {},
                    "authentication or TLS is needed: 530 5.7.0", False),
    "no smarthost": ({}, {"relay": None}, "relay is not set", False),
    "no anchors": ({}, {"tls-ca-file": "/dev/null"},
                   "no trust anchors: ", False)}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_with_the_smarthost(site, smarthost, certificates, check,
                                          programs, name):
    options, settings, pattern, mended = WRONG[name]
    options = dict(options)
    if "certificate" in options:
        options["certificate"] = getattr(certificates, options["certificate"])
    if name == "TLS too old":
        options["tls_maximum"] = ssl.TLSVersion.TLSv1_2
    host = smarthost(**options)
    site.use(host)
    site.configure(**{keyword: value and value.format(host.port)
                      for keyword, value in settings.items()})
    running(site)
    report = check()
    assert report.status == 69
    wrong = report.only("wrong", pattern)
    assert len(report.all("wrong")) == 1, report.text
    why, remedy = wrong.more
    assert why.endswith(".")
    assert remedy.startswith("run: ") or SETTING.fullmatch(remedy), remedy
    if name == "TLS too early":
        host.sessions.clear()   # of which one began with what is no command
    if not mended:
        return
    write(site, programs, remedy)
    report = check()
    assert (report.status, report.all("wrong")) == (0, []), report.text


def test_the_name_in_the_certificate(site, smarthost, certificates, check,
                                     programs, root):
    host = smarthost(certificate=certificates.wrong_name)
    site.use(host)
    running(site)
    wrong = check().only("wrong", "it is for mail.example.net")
    write(site, programs, wrong.remedy)
    hosts = site.directory / "hosts"
    hosts.write_text("127.0.0.1 mail.example.net\n")
    report = check(prefix=[*HOSTS, str(hosts)])
    assert (report.status, report.all("wrong")) == (0, []), report.text


PASSWORDS = {   # what happens to the password file, and what is said
    "wrong": (lambda path: (path.chmod(0o600), path.write_text("other\n"),
                            path.chmod(0o400)),
              "password rejected: PLAIN: 535 5.7.8 "),
    "for all": (lambda path: path.chmod(0o444), "can be read by others$"),
    "missing": (lambda path: path.unlink(), "is not there$"),
    "empty": (lambda path: (path.unlink(), path.touch(0o400)), "is empty$"),
    "no line": (lambda path: (path.chmod(0o600), path.write_text("\n"),
                              path.chmod(0o400)),
                "no password: .* has no password in its first line")}


@pytest.mark.parametrize("name", PASSWORDS)
def test_a_password_that_is_wrong(site, host, check, flusher, programs, name):
    change, pattern = PASSWORDS[name]
    change(site.password)
    wrong = check().only("wrong", pattern)
    # A wrong one is tried once, and none where there is none to try.
    assert len(host.attempts) == (name == "wrong")
    write(site, programs, wrong.remedy, f"{PASSWORD}\n".encode())
    report = check()
    assert (report.status, report.all("wrong")) == (0, []), report.text
    assert stat.S_IMODE(site.password.stat().st_mode) == 0o400


def test_a_password_command_that_fails(site, host, check, flusher):
    site.configure(password_file=None,
                   password_command="echo no such key >&2; exit 3")
    wrong = check().only("wrong", "exit status 3: no such key")
    assert "password-command" in wrong.remedy
    assert host.attempts == []
    site.configure(password_command=f"echo {PASSWORD!r}")
    assert check().status == 0


def test_a_secret_is_not_printed(site, smarthost, check):
    host = smarthost(script={"auth": reply(
        f"535 5.7.8 {PASSWORD} is not it, said {USER}")})
    site.use(host)
    report = check()
    report.only("wrong", r"password rejected: .*\*")
    assert "correct horse" not in report.text + report.stderr


def test_every_address_is_tried(site, smarthost, check, root):
    """And the password is used for one only."""
    host = smarthost(address="0.0.0.0")
    (site.directory / "hosts").write_text("".join(
        f"{address} localhost\n"
        for address in ("127.0.0.1", "::1", "127.0.0.2")))
    site.use(host, tls_ca_file=None, tls_fingerprint=run(
        ["sh", "-c", f"openssl x509 -in {host.certificate} -noout "
         "-fingerprint -sha256"]).stdout.strip().replace(
             "sha256 Fingerprint=", "SHA256:"))
    running(site)
    report = check(prefix=[*HOSTS, str(site.directory / "hosts")])
    assert report.status == 0, report.text
    for address in ("127.0.0.1", "127.0.0.2"):
        report.only("ok", rf"^{address}: connected to port ")
        report.only("ok", rf"^{address}: TLSv1.*known by its fingerprint$")
    report.only("warning", "^::1: cannot connect: Connection refused")
    assert len(host.sessions) == 2
    assert len(host.attempts) == 1


def test_a_limit_of_the_smarthost(site, smarthost, check, programs):
    site.use(smarthost(keywords=["SIZE 1000000"]))
    running(site)
    report = check()
    assert report.status == 0
    warning = report.only("warning", "up to 1000000 bytes, but max-size is ")
    write(site, programs, warning.remedy)
    assert "max-size" not in check().text


# Each a command that spoils a part of the spool; the last needs root.
SPOILED = ["chmod 0755 .", "chmod 0700 tmp", "chmod 01770 new",
           "chmod 0755 cur", "chmod g+s hold", "rmdir failed",
           "chmod 0770 corrupt", "chmod 0622 trigger", "chmod 0600 submit",
           "chown nobody new"]


def test_the_permissions_of_the_spool(site, host, check, flusher, programs):
    commands = SPOILED if os.geteuid() == 0 else SPOILED[:-1]
    spoiled = {}
    for command in commands:
        part = command.split()[-1]
        path = site.spool.path if part == "." else site.spool.path / part
        run(["sh", "-c", command], cwd=site.spool.path)
        spoiled[str(path)] = command
    wrong = check().all("wrong")
    # Every part, and nothing else, is named at the beginning.
    assert sorted(each.what.split()[0].rstrip(":") for each in wrong) == \
        sorted(spoiled)
    for each in wrong:
        write(site, programs, each.remedy)
    report = check()
    assert report.status == 0, report.text
    report.only("ok", "modes are right$")


def test_a_trigger_that_is_missing(site, host, check, programs):
    (site.spool.path / "trigger").unlink()
    write(site, programs, check().only("wrong", "trigger: No such").remedy)
    running(site)
    assert check().status == 0


def test_a_spool_that_is_missing(site, host, check, programs):
    shutil.rmtree(site.spool.path)
    wrong = check().only("wrong", "spool: No such file or directory")
    assert not site.spool.path.exists()
    write(site, programs, wrong.remedy)
    running(site)
    assert check().status == 0


def test_sendmail_without_its_setgid_bit(check, flusher, site, programs):
    (programs / "sendmail").chmod(0o755)
    wrong = check().only("wrong", "mode 0755, without the setgid bit")
    write(site, programs, wrong.remedy)
    assert check().status == 0


def test_another_sendmail_is_in_its_place(check, flusher):
    """/usr/sbin/sendmail of this machine is not the one under test."""
    report = check()
    assert report.status == 0
    report.only("warning", "^/usr/sbin/sendmail(:| is another program)")


def test_mistakes_in_the_configuration(site, host, check, flusher):
    with open(site.configuration, "a") as file:
        file.write("realy smtps://x\nlifetime soon\n")
    count = len(site.configuration.read_text().splitlines())
    report = check()
    assert report.status == 78
    report.only("wrong", rf"onehop\.conf:{count - 1}: 'realy' is not a keyword")
    report.only("wrong", rf"onehop\.conf:{count}: lifetime: 'soon' ")
    assert host.sessions == []


def test_the_mode_of_the_configuration(site, check, flusher, programs):
    site.configuration.chmod(0o620)
    report = check()
    assert report.status == 0
    warnings = [each for each in report.all("warning")
                if "onehop.conf can" in each.what]
    assert len(warnings) == 2
    for each in warnings:
        write(site, programs, each.remedy)
    assert stat.S_IMODE(site.configuration.stat().st_mode) == 0o644
    assert "onehop.conf can" not in check().text


def test_a_clock_that_is_wrong(site, check, flusher):
    later = time.time() + 400 * 86400
    os.utime(site.configuration, (later, later))
    report = check()
    assert report.status == 69
    assert report.only("wrong", "the clock says .* before .*onehop.conf was"
                       ).remedy == "run: timedatectl set-ntp true"


def test_a_domain_that_is_not_full(site, check, flusher, programs):
    site.configure(domain="myhost")
    report = check()
    assert report.status == 0
    write(site, programs, report.only("warning", "domain myhost").remedy)
    check().only("ok", "get example.com")


ALIASES = {     # a line, and what is said of it
    "one |/bin/prog": "no colon",
    "two: |/bin/prog": "mail goes to addresses only",
    "three: /var/mail/root": "mail goes to addresses only",
    "four: a@b@c": "a@b@c",
    "five: :include:/nowhere/list": "list /nowhere/list cannot be read"}


def test_mistakes_in_the_aliases(site, check, flusher):
    aliases = site.directory / "aliases"
    lines = [*ALIASES, "ann: ann@example.com"]
    aliases.write_text("\n".join(lines) + "\n")
    site.configure(aliases=aliases)
    report = check()
    assert report.status == 0
    for i, said in enumerate(ALIASES.values()):
        found = [each for each in report.all("warning")
                 if each.what.startswith(f"{aliases}:{i + 1}: ")]
        assert found and re.search(said, found[0].what), report.text
        lines[i] = re.fullmatch(rf"in {aliases} write in that line: (.*)",
                                found[0].remedy)[1].replace("NAME", "one")
    aliases.write_text("\n".join(lines) + "\n")
    check().only("ok", f"no mistakes in {aliases}$")


@pytest.mark.parametrize("spoil", ["chmod 0600", "rm"])
def test_aliases_that_cannot_be_read(site, check, flusher, programs, spoil):
    aliases = site.directory / "aliases"
    aliases.write_text("root: ann@example.com\n")
    site.configure(aliases=aliases)
    run(["sh", "-c", f"{spoil} {aliases}"])
    report = check()
    assert report.status == 0
    warning = report.only("warning", f"aliases {aliases} ")
    write(site, programs, warning.remedy)
    check().only("ok", f"no mistakes in {aliases}$")


def test_nobody_reads_the_mail_of_root(site, check, flusher, programs):
    site.configure(admin=None)
    warning = check().only("warning", "mail to root goes to root@example.org")
    write(site, programs, warning.remedy)
    check().only("ok", "mail to root goes to you@example.com$")


def test_a_flusher_that_does_not_run(site, host, check):
    report = check("--send", ONE)
    assert report.status == 69
    assert "onehop-flush -d" in report.only(
        "wrong", "^onehop-flush is not running$").remedy
    report.only("wrong", "^not sent: onehop-flush is not running")
    assert host.messages == [] and site.spool.names() == []


def test_a_flusher_that_waits(site, host, check, programs):
    """The check does not move it; the line does."""
    site.configure(relay_retry_min="1h", relay_retry_max="1h")
    site.set_password("other")
    flusher = running(site)
    site.submit(ONE)
    flusher.log.wait_for("cannot send: .*password rejected")
    site.set_password(PASSWORD)
    warning = check().only("warning", "^onehop-flush waits since .* rejected")
    assert host.messages == []
    write(site, programs, warning.remedy)
    flusher.log.wait_for("status=sent")
    assert "waits since" not in check().text


@pytest.fixture
def site_of_all(open_directory, certificates, smarthost, root):
    """One that every user can reach."""
    shutil.copy(certificates.ca, open_directory)
    site = Site(open_directory, certificates._replace(
        ca=open_directory / certificates.ca.name))
    site.use(smarthost())
    yield site
    site.close()


def give(site):
    """Makes the spool, and it is nobody's."""
    site.spool.path.mkdir()
    site.spool.path.chmod(0o711)
    os.chown(site.spool.path, NOBODY, NOBODY)


def test_a_user_checks_what_he_can(site_of_all):
    site_of_all.ctl("list")
    programs = site_of_all.directory / "programs"
    programs.mkdir()
    shutil.copy(BUILD / "sendmail", programs)
    (programs / "sendmail").chmod(0o2755)
    result = run([program("onehopctl"), "-C", str(site_of_all.configuration),
                  "check", "--send", ONE], user=NOBODY, group=NOBODY,
                 extra_groups=[],
                 env=environment(ONEHOP_SBINDIR=str(programs)))
    report = Report(result)
    report.only("note", "only root can try the password")
    report.only("note", "only root can see whether onehop-flush is running")
    report.only("note", f"authentication as {USER} was not tried")
    report.only("ok", "TLSv1.*certificate verified")
    report.only("ok", "modes are right$")
    [wrong] = report.all("wrong")
    assert wrong.what == "not sent: this is for root"
    assert PASSWORD not in report.text


def test_root_looks_at_it_as_its_owner(site_of_all):
    """What only root can read is of no use to who has to."""
    site = site_of_all
    give(site)
    site.ctl("list")
    report = Report(site.ctl("check"))
    report.only("ok", "modes are right$")
    wrong = report.only("wrong", "cannot be read by the owner of the spool")
    write(site, BUILD, wrong.remedy)
    report = Report(site.ctl("check"))
    report.only("ok", f"authenticated as {USER} by PLAIN")
    site.configuration.chmod(0o600)
    wrong = Report(site.ctl("check")).only("wrong", "onehop.conf cannot be ")
    write(site, BUILD, wrong.remedy)
    Report(site.ctl("check")).only("ok", f"authenticated as {USER} by PLAIN")


SYSTEMD = """mount -t tmpfs none /run && mkdir -p /run/systemd/system &&
mount -t tmpfs none /etc/systemd/system && cd /etc/systemd/system &&
mkdir multi-user.target.wants paths.target.wants &&
{ test -z "$1" || ln -s x "$1"; } && shift && exec "$@"
"""


@pytest.mark.parametrize("unit", ["", "multi-user.target.wants/onehop.service",
                                  "paths.target.wants/onehop-demand.path"])
def test_what_systemd_starts(check, flusher, root, unit):
    if not os.path.isdir("/etc/systemd/system"):
        pytest.skip("no directory for systemd")
    report = check(prefix=["unshare", "--mount", "sh", "-c", SYSTEMD, "sh",
                           unit])
    if unit:
        report.only("ok", f"^{unit.partition('/')[2]} is enabled$")
    else:
        assert report.only("warning", "onehop.service is not enabled").remedy \
            == "run: systemctl enable --now onehop"


def test_a_flusher_that_is_started_on_demand(check, site, host, root):
    if not os.path.isdir("/etc/systemd/system"):
        pytest.skip("no directory for systemd")
    report = check(prefix=["unshare", "--mount", "sh", "-c", SYSTEMD, "sh",
                           "paths.target.wants/onehop-demand.path"])
    assert report.status == 0, report.text
    report.only("ok", "^onehop-flush is started on demand$")


def test_a_flusher_that_may_not_know_the_configuration(check, site, flusher):
    assert "was changed after" not in check().text
    now = site.configuration.stat().st_mtime
    os.utime(site.configuration, (now + 60, now + 60))
    assert "reload" in check().only("note", "onehop.conf was changed after "
                                    "onehop-flush was started").remedy


def test_a_member_of_the_group(site_of_all):
    give(site_of_all)
    group = site_of_all.directory / "group"
    group.write_text(f"root:x:0:\nspooler:x:{NOBODY}:alice,bob\n")
    report = Report(run([
        "unshare", "--mount", "sh", "-c",
        'mount --bind "$1" /etc/group && shift && exec "$@"', "sh",
        str(group), program("onehopctl"), "-C", str(site_of_all.configuration),
        "check"]))
    assert report.only("warning", "^the group spooler has members").remedy == \
        "run: gpasswd -d alice spooler"


TAKEN_OVER = {  # what an agent that was taken over does, and what is said
    "yes 'ok\tthe same\t\t'": "^onehop-smtp ",
    "head -c 100000 /dev/zero": "^onehop-smtp says what makes no sense",
    "printf 'fine\\ta\\tb\\tc\\n'": "^onehop-smtp says what makes no sense",
    "kill -9 $$": "^onehop-smtp was ended by signal 9"}


@pytest.mark.parametrize("command", TAKEN_OVER)
def test_an_agent_that_was_taken_over(site, host, check, flusher, tmp_path,
                                      command):
    """It is not heard out, and what it says does not work the terminal."""
    agent = tmp_path / "onehop-smtp"
    agent.write_text(f"#!/bin/sh\n{command}\n")
    agent.chmod(0o755)
    report = check(env=environment(ONEHOP_LIBEXECDIR=str(tmp_path)))
    assert report.status == 69
    assert [each for each in report.all("wrong")
            if re.search(TAKEN_OVER[command], each.what)], report.text
    assert report.text.count("the same") <= 1000
    assert "\0" not in report.text


# check --send

def test_a_message_is_sent(site, host, check, flusher):
    report = check("--send", ONE)
    assert report.status == 0, report.text
    report.only("ok", f"^sent: <{ONE}>: 250 2.0.0 taken$")
    [message] = host.messages
    assert message.recipients == [ONE]
    assert message.sender == "root@example.org"
    assert b"Subject: test message of onehop\r\n" in message.data
    assert not (site.spool.path / "answer").exists()


@pytest.mark.parametrize("said, status, kind, word", [
    ("451 4.3.0 later", 75, "warning", "deferred"),
    ("550 5.1.1 no such user", 69, "wrong", "refused")])
def test_a_message_is_not_sent(site, smarthost, check, said, status, kind,
                               word):
    site.use(smarthost(script={f"rcpt:{ONE}": reply(said)}), retry_min="1h")
    running(site)
    report = check("--send", ONE)
    assert report.status == status, report.text
    report.only(kind, rf"^{word}: <{ONE}>: {said} \(in reply to RCPT TO\)$")


def test_a_message_waits_for_the_smarthost(site, smarthost, check):
    """For a while; then it is said why, in the words of mailq."""
    site.use(smarthost(script={"auth": reply("535 5.7.8 no")}))
    running(site)
    began = time.monotonic()
    report = check("--send", ONE)
    assert 2 <= time.monotonic() - began < 15
    assert report.status == 75
    report.only("wrong", "^not sent after .* password rejected")


@pytest.mark.parametrize("address", ["", "a\nBcc: b@example.net", "\033[2J"])
def test_what_is_no_address(host, check, address):
    assert check("--send", address).status == 64
    assert host.sessions == []


def test_an_address_that_sendmail_refuses(host, check, flusher):
    report = check("--send", "a@@b")
    assert report.status == 69
    report.only("wrong", "sendmail does not take it: exit status 65")
    assert "sendmail: " in report.stderr


def test_others_are_not_answered(site_of_all):
    """An ENVID is anybody's to choose; the answer is for the owner's."""
    site = site_of_all
    give(site)
    os.chown(site.password, NOBODY, NOBODY)
    flusher = running(site)
    site.submit("-V", "onehop-check-0123456789abcdef", ONE)
    flusher.log.wait_for("status=sent")
    flusher.log.wait_for("removed")
    assert not (site.spool.path / "answer").exists()


def test_how_it_is_used(site):
    for arguments in (["x"], ["--send"], ["--sent", ONE]):
        result = site.ctl("check", *arguments)
        assert result.status == 64
        assert "check [--send ADDRESS]" in result.stderr
