"""PHP's mail(), PHPMailer and Symfony Mailer."""

import re

import pytest

import letter
from harness import body, field

ONE, TWO, BLIND = "one@example.net", "two@example.net", "blind@example.net"
PHPMAILER = "/usr/share/php/libphp-phpmailer/autoload.php"
SYMFONY = "/usr/share/php/Symfony/Component/Mailer/autoload.php"


@pytest.fixture
def php(caller, need):
    """Runs PHP code; its ini sends mail with the given command."""
    need("php")

    def php(code, *settings, run=caller.call, command=None):
        command = command or f"{caller.command} -t -i"
        words = [word for setting in settings for word in ("-d", setting)]
        return run(["php", "-d", f"sendmail_path={command}", *words, "-r",
                    code])

    return php


def library(path, namespaces, code):
    """Code that uses a library; an exception makes it fail."""
    uses = "".join(f"use {namespace};" for namespace in namespaces)
    return f'{uses} require "{path}"; {code}'


def mail(*arguments):
    """A call of mail(); the arguments are PHP."""
    return f"exit(mail({', '.join(arguments)}) ? 0 : 1);"


# mail().

@pytest.mark.parametrize("end", [r"\r\n", r"\n"], ids=["crlf", "lf"])
def test_mail(caller, php, end):
    """The fifth argument, and header fields with either line end."""
    php(mail(f'"{ONE}"', '"Grüße"', r'"line\n.\n..\nend"',
             f'"From: web@example.com{end}Cc: {TWO}{end}'
             f'Bcc: {BLIND}{end}MIME-Version: 1.0{end}'
             f'Content-Type: text/plain; charset=utf-8"',
             '"-fbounce@example.com"'))
    message = caller.arrived()
    assert message.sender == "bounce@example.com"
    assert message.recipients == [ONE, TWO, BLIND]
    assert body(message.data) == b"line\r\n.\r\n..\r\nend\r\n"
    assert field(message.data, "subject") == ["Grüße"]
    assert field(message.data, "from") == ["web@example.com"]
    assert field(message.data, "to") == [ONE]
    assert field(message.data, "cc") == [TWO]
    assert BLIND.encode() not in message.data


def test_mail_with_a_header_array_and_a_body_in_crlf(caller, php):
    php(mail(f'"Größe <{ONE}>, {TWO}"', '"x"', r'"a\r\n\r\nb\r\n.\r\n"',
             '["From" => "Web <web@example.com>", '
             '"Reply-To" => "r@example.com", "X-Mailer" => "PHP"]'),
        "mail.add_x_header=On")
    message = caller.arrived()
    assert message.recipients == [ONE, TWO]
    # PHP ends the body with a line end of its own.
    assert body(message.data) == b"a\r\n\r\nb\r\n.\r\n\r\n"
    assert field(message.data, "from") == ["Web <web@example.com>"]
    assert field(message.data, "reply-to") == ["r@example.com"]
    assert len(field(message.data, "x-php-originating-script")) == 1


def test_mail_without_any_header(caller, php):
    """The plainest call; 8-bit text is labelled."""
    php(mail(f'"{ONE}"', '"x"', '"Grüße, 世界"'))
    message = caller.arrived()
    assert message.recipients == [ONE]
    assert letter.text(letter.parse(message)) == ["Grüße, 世界"]


def test_mail_with_a_name_in_the_fifth_argument(caller, php):
    php(mail(f'"{ONE}"', '"x"', '"y"', '""',
             '"-f bounce@example.com -F \'Web, Shop\'"'))
    message = caller.arrived()
    assert message.sender == "bounce@example.com"
    assert field(message.data, "from") == [
        '"Web, Shop" <bounce@example.com>']


@pytest.mark.parametrize("length", [998, 999, 5000])
def test_mail_in_html_on_one_line(caller, php, length):
    """Every template engine does it."""
    html = "<p>" + "ü" * 100 + "x" * (length - 203)
    php(mail(f'"{ONE}"', '"x"', f'"{html}"',
             r'"MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8"'))
    message = caller.arrived()
    parsed = letter.parse(message)
    assert parsed.get_content_type() == "text/html"
    assert letter.text(parsed) == [html]


def test_mail_learns_of_a_failure(caller, php):
    result = php('exit(mail("a@", "x", "y") ? 0 : 7);', run=caller.run)
    assert result.status == 7
    assert caller.spool.names() == []


def test_mail_cannot_be_made_to_write_files(caller, php):
    """What attackers put into the fifth argument."""
    target = caller.directory / "shell.php"
    php(mail(f'"{ONE}"', '"x"', '"y"', '""',
             f'"-OQueueDirectory={caller.directory} -X{target}"'))
    assert caller.arrived().recipients == [ONE]
    assert not target.exists()


# PHPMailer.

@pytest.fixture
def phpmailer(caller, php, need):
    need("php", "-r", f'require "{PHPMAILER}";')

    def phpmailer(code, *settings):
        php(library(PHPMAILER, [r"PHPMailer\PHPMailer\PHPMailer"],
                    f"$m = new PHPMailer(true); {code} $m->send();"),
            *settings)

    return phpmailer


LETTER = rf"""
$m->setFrom("web@example.com", "Jörg, Shop");
$m->Sender = "bounce@example.com";
$m->addAddress("{ONE}", "Größe");
$m->addCC("{TWO}");
$m->addBCC("{BLIND}");
$m->CharSet = "utf-8";
$m->Subject = "Grüße";
"""


@pytest.mark.parametrize("how", [
    '$m->isSendmail(); $m->Sendmail = "{caller.wrapper}";',
    '$m->isMail();',
], ids=["sendmail", "mail"])
def test_phpmailer(caller, phpmailer, how):
    phpmailer(how.format(caller=caller) + LETTER + r"""
        $m->isHTML(true);
        $m->Body = "<b>fett: ü</b>\n.\n";
        $m->AltBody = "Grüße\n.\n..\nend\n";
        $m->addStringAttachment(str_repeat(pack("C*", ...range(0, 255)), 9),
            "data.bin");""")
    message = caller.arrived()
    assert message.sender == "bounce@example.com"
    assert message.recipients == [ONE, TWO, BLIND]
    assert BLIND.encode() not in message.data
    parsed = letter.parse(message)
    assert parsed["subject"] == "Grüße"
    assert parsed["from"].addresses[0].display_name == "Jörg, Shop"
    assert letter.text(parsed.get_body(("plain",))) == [
        "Grüße", ".", "..", "end"]
    assert letter.text(parsed.get_body(("html",)))[:2] == [
        "<b>fett: ü</b>", "."]
    [data] = parsed.iter_attachments()
    assert data.get_content() == bytes(range(256)) * 9


def test_phpmailer_in_qmail_mode(caller, phpmailer):
    """Recipients are in the header, which then has Bcc as well."""
    phpmailer(f'$m->isQmail(); $m->Sendmail = "{caller.wrapper} -t";'
              + LETTER + r'$m->Body = "text ü\n";')
    message = caller.arrived()
    assert message.recipients == [ONE, TWO, BLIND]
    assert BLIND.encode() not in message.data
    assert letter.text(letter.parse(message)) == ["text ü"]


# Symfony Mailer.

@pytest.fixture
def symfony(caller, php, need):
    """Runs code with a mailer $m over a transport, which is PHP as well."""
    need("php", "-r", f'require "{SYMFONY}";')

    def symfony(transport, code):
        return php(library(SYMFONY, [
            r"Symfony\Component\Mailer\Transport",
            r"Symfony\Component\Mailer\Transport\SendmailTransport",
            r"Symfony\Component\Mailer\Mailer",
            r"Symfony\Component\Mime\Email", r"Symfony\Component\Mime\Address"
        ], f"$m = new Mailer({transport}); {code}"),
            command=f"{caller.wrapper} -t -i")

    return symfony


def send(message):
    return f"$m->send((new Email()){message});"


MESSAGE = rf"""->from(new Address("web@example.com", "Jörg, Shop"))
->returnPath("bounce@example.com")->to("{ONE}")->cc("{TWO}")->bcc("{BLIND}")
->subject("Grüße")->text("Grüße\n.\n..\nend\n" . str_repeat("lang ", 400))
->html("<b>ü</b>")->attach(pack("C*", ...range(0, 255)), "data.bin")"""


@pytest.mark.parametrize("transport", [
    'new SendmailTransport("{caller.wrapper} -bs")',
    'new SendmailTransport("{caller.wrapper} -t -i")',
    'new SendmailTransport("{caller.wrapper} -t")',
    'Transport::fromDsn("sendmail://default?command=" . '
    'rawurlencode("{caller.wrapper} -bs"))',
    'Transport::fromDsn("native://default")',
], ids=["bs", "ti", "t", "dsn-bs", "native"])
def test_symfony(caller, symfony, transport):
    symfony(transport.format(caller=caller), send(MESSAGE))
    message = caller.arrived()
    assert message.sender == "bounce@example.com"
    assert message.recipients == [ONE, TWO, BLIND]
    assert BLIND.encode() not in message.data
    parsed = letter.parse(message)
    assert parsed["subject"] == "Grüße"
    assert parsed["from"].addresses[0].display_name == "Jörg, Shop"
    assert letter.text(parsed.get_body(("plain",))) == [
        "Grüße", ".", "..", "end", "lang " * 400]
    assert letter.text(parsed.get_body(("html",))) == ["<b>ü</b>"]
    [data] = parsed.iter_attachments()
    assert data.get_content() == bytes(range(256))


def test_symfony_sends_two_in_a_session(caller, symfony):
    symfony(f'new SendmailTransport("{caller.wrapper} -bs")',
            send(f'->from("a@example.com")->to("{ONE}")->text("1")') +
            send(f'->from("b@example.com")->to("{TWO}")->text("2")'))
    first, second = sorted(caller.arrivals(), key=lambda each: each.sender)
    assert (first.sender, first.recipients) == ("a@example.com", [ONE])
    assert (second.sender, second.recipients) == ("b@example.com", [TWO])
    assert body(first.data) == b"1\r\n"
    assert body(second.data) == b"2\r\n"


@pytest.mark.parametrize("option, answer", [
    ("-bs", r"code \"?55[24]"), ("-t", "exit code 69: .*max-size")])
def test_symfony_learns_of_a_failure(caller, symfony, option, answer):
    caller.site.configure(max_size="2000")
    large = send(f"""->from("a@example.com")->to("{ONE}")
        ->text(str_repeat("0123456789", 400))""")
    result = symfony(f'new SendmailTransport("{caller.wrapper} {option}")',
                     f"try {{ {large} exit(7); }}"
                     "catch (Exception $e) { echo $e->getMessage(); }")
    assert re.search(answer, result.stdout)
    assert caller.spool.names() == []
