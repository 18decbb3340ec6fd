"""The programs of the test "life": how each is run, and what must arrive.

Scripts are run by root with bash -eu; alice is an ordinary user.  Mail to root
goes to ops@example.net, as /etc/aliases says.
"""

import dataclasses

OPS, ONE = "ops@example.net", "one@example.net"
ALICE, ROOT = "alice@example.org", "root@example.org"
AS_ALICE = "runuser -l alice -c"

# What does not run under this name comes with what does.
PACKAGES = [
    "ca-certificates", "rsyslog", "cron", "at", "php-cli", "php-fpm",
    "libfcgi-bin", "mdadm", "smartmontools", "sudo", "unattended-upgrades",
    "apt-listchanges", "logwatch", "pflogsumm", "bsd-mailx", "mailutils",
    "s-nail", "mutt", "git-email", "libemail-sender-perl", "ruby-mail", "nodejs",
    "node-nodemailer", "php-symfony-mailer"]


@dataclasses.dataclass
class Caller:
    """texts are patterns of lines of the header or the text."""
    name: str
    script: str
    sender: str
    recipients: list
    texts: list


def as_alice(*lines):
    """Lines for alice's shell; they may have no single quote."""
    text = "\n".join(["set -e", *lines])
    assert "'" not in text
    return f"{AS_ALICE} '\n{text}\n'"


PHP_FPM = r"""
cat >/srv/mail.php <<'.'
<?php echo mail("one@example.net", "of the web", "Grüße\n.\n") ? "sent" : "";
.
mkdir -p /run/php
php-fpm8.2 --nodaemonize &
until [ -S /run/php/php8.2-fpm.sock ]; do sleep 0.1; done
SCRIPT_FILENAME=/srv/mail.php SCRIPT_NAME=/mail.php REQUEST_METHOD=GET \
    QUERY_STRING= cgi-fcgi -bind -connect /run/php/php8.2-fpm.sock | grep sent
kill %1
"""

# As smartd runs it for "-m root -M exec /usr/share/smartmontools/smartd-runner",
# which is what Debian's smartd.conf has (smartd.conf(5), -M exec).  No disk is
# needed for that; smartd itself sends nothing without one.
SMARTD = r"""
grep -q '^DEVICESCAN .* -m root -M exec /usr/share/smartmontools/smartd-runner' \
    /etc/smartd.conf
export SMARTD_MAILER=/usr/share/smartmontools/smartd-runner \
    SMARTD_ADDRESS=root SMARTD_DEVICE=/dev/sda SMARTD_DEVICETYPE=sat \
    SMARTD_DEVICESTRING=/dev/sda SMARTD_DEVICEINFO="a disk" \
    SMARTD_FAILTYPE=EmailTest SMARTD_MESSAGE="TEST EMAIL from smartd" \
    SMARTD_TFIRST="Sun Nov 22 15:00:00 2026" SMARTD_TFIRSTEPOCH=1795359600 \
    SMARTD_PREVCNT=0 SMARTD_NEXTDAYS=
/usr/share/smartmontools/smartd_warning.sh
"""

SUDO = r"""
cat >/etc/sudoers.d/life <<'.'
Defaults mail_badpass, passwd_tries=1
alice ALL = (ALL) ALL
.
chmod 440 /etc/sudoers.d/life
echo alice:right | chpasswd
! echo wrong | runuser -u alice -- sudo -S /bin/true
"""

UNATTENDED_UPGRADES = r"""
cat >/etc/apt/apt.conf.d/52life <<'.'
Unattended-Upgrade::Mail "root";
Unattended-Upgrade::MailReport "always";
.
unattended-upgrade
"""

APT_LISTCHANGES = r"""
cd /tmp
apt-listchanges --frontend=mail --email-address=root --which=both --show-all \
    --no-network /root/onehop_*.deb
"""

LOGWATCH = """
logwatch --output mail --mailto root --service postfix --range all \
    --detail high
"""

GIT = as_alice(
    "git init -q tree && cd tree && echo Grüße >file && git add file",
    "git config user.name Alice && git config user.email alice@example.com",
    "git commit -q -m \"file: add it\"",
    "git send-email --quiet --confirm=never --8bit-encoding=UTF-8 "
    "--to=one@example.net -1")

PERL = r"""
cat >/tmp/send.pl <<'.'
use strict; use warnings;
use Email::Sender::Simple qw(sendmail);
use Email::Simple;
sendmail(Email::Simple->create(header => [From => 'alice@example.com',
    To => 'one@example.net', Subject => 'of Perl'], body => "text\n.\nend\n"));
.
""" + as_alice("perl /tmp/send.pl")

RUBY = r"""
cat >/tmp/send.rb <<'.'
require "mail"
Mail.defaults { delivery_method :sendmail }
Mail.deliver do
  from "alice@example.com"
  to "one@example.net"
  subject "of Ruby"
  body "text\n.\nend\n"
end
.
""" + as_alice("ruby /tmp/send.rb")

NODE = r"""
cat >/tmp/send.js <<'.'
require("nodemailer").createTransport({
	sendmail: true, path: "/usr/sbin/sendmail" }).sendMail({
	from: "alice@example.com", to: "one@example.net", subject: "of Node",
	text: "text\n.\nend\n" }).catch(error => {
		console.error(error.message);
		process.exit(1);
	});
.
""" + as_alice("nodejs /tmp/send.js")

SYMFONY = r"""
cat >/tmp/send.php <<'.'
<?php
require "Symfony/Component/Mailer/autoload.php";
use Symfony\Component\Mailer\{Mailer, Transport};
use Symfony\Component\Mime\Email;
(new Mailer(Transport::fromDsn("sendmail://default")))->send((new Email())
    ->from("alice@example.com")->to("one@example.net")->cc("ops@example.net")
    ->subject("of Symfony")->text("Grüße\n.\nend\n"));
.
""" + as_alice("php /tmp/send.php")

DOTS = [r"^\.$", "^end$"]


def mailer(name, command, *texts, sender=ALICE):
    """A program that takes its text from stdin."""
    return Caller(name, as_alice(f'printf "text\\n.\\nend\\n" | {command}'),
                  sender, [ONE], [f"^Subject: of {name}$", "^text$", *texts])


CALLERS = [
    Caller("onehopctl check --send", "onehopctl check --send one@example.net",
           ROOT, [ONE], []),
    Caller("cron", """
        echo '@reboot echo what; echo .; echo end' | crontab -u alice -
        cron""", ALICE, [ALICE],
           ["^Subject: Cron <alice@fresh> echo what", "^what$", *DOTS]),
    Caller("at", "atd; " + as_alice("echo \"echo what\" | at now"),
           ALICE, [ALICE], ["^Subject: Output from your job", "^what$"]),
    Caller("PHP mail()", as_alice(
        "php -r \"exit(mail(\\\"one@example.net\\\", \\\"of PHP\\\", "
        "\\\"Grüße\\\") ? 0 : 1);\""),
           ALICE, [ONE], ["^Subject: of PHP$", "^Grüße$"]),
    Caller("PHP-FPM mail()", PHP_FPM, "www-data@example.org", [ONE],
           ["^Subject: of the web$", "^Grüße$", r"^\.$"]),
    Caller("mdadm --monitor --test",
           "mdadm --monitor --test --oneshot --mail=root /dev/md/0",
           ROOT, [OPS], ["^Subject: TestMessage event on /dev/md/0:fresh"]),
    Caller("smartmontools", SMARTD, ROOT, [OPS],
           [r"^Subject: SMART error \(EmailTest\) detected", "TEST EMAIL"]),
    Caller("sudo mail_badpass", SUDO, ALICE, [OPS],
           [r"^Subject: \*\*\* SECURITY information for fresh.example.org \*\*\*$",
            "1 incorrect password attempt"]),
    Caller("unattended-upgrades", UNATTENDED_UPGRADES, ROOT, [OPS],
           ["^Subject: .*unattended-upgrades result for fresh",
            "No packages found that can be upgraded unattended"]),
    Caller("apt-listchanges", APT_LISTCHANGES, ROOT, [OPS],
           ["^Subject: apt-listchanges: changelogs for fresh",
            r"^onehop \("]),
    mailer("bsd-mailx", "bsd-mailx -s \"of bsd-mailx\" one@example.net"),
    # It says -f with the name of the host.
    mailer("mailutils", "mail.mailutils -s \"of mailutils\" one@example.net",
           sender="alice@fresh.example.org"),
    mailer("s-nail", "s-nail -s \"of s-nail\" one@example.net", *DOTS),
    mailer("mutt", "mutt -s \"of mutt\" one@example.net", *DOTS),
    # The author gets a copy.
    Caller("git send-email", GIT, ALICE, [ONE, "alice@example.com"],
           [r"^Subject: \[PATCH\] file: add it$", r"^\+Grüße$"]),
    Caller("Perl Email::Sender", PERL, "alice@example.com", [ONE],
           ["^Subject: of Perl$", "^text$", *DOTS]),
    Caller("Ruby mail", RUBY, "alice@example.com", [ONE],
           ["^Subject: of Ruby$", "^text$", *DOTS]),
    Caller("nodemailer", NODE, "alice@example.com", [ONE],
           ["^Subject: of Node$", "^text$", *DOTS]),
    Caller("Symfony Mailer", SYMFONY, "alice@example.com", [ONE, OPS],
           ["^Subject: of Symfony$", "^Grüße$", *DOTS]),
    # The last, so that it has something to read.
    Caller("logwatch", LOGWATCH, ROOT, [OPS],
           ["^Subject: Logwatch for fresh", "Sent via SMTP",
            "TLS connections .client.", r"(?s)\A(?!.*Unmatched)"]),
]
