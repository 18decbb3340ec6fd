"""The mail libraries of Node, Perl and Ruby."""

import contextlib
import json
import re
import socket
import subprocess
import threading

import pytest

import letter
from harness import body, check_sanitizers, field

ONE, TWO, BLIND = "one@example.net", "two@example.net", "blind@example.net"
TEXT = "Grüße\n.\n..\nend\n"


def check_letter(message, attachments=1):
    """What every library was asked to send."""
    assert message.sender == "bounce@example.com"
    assert message.recipients == [ONE, TWO, BLIND]
    assert BLIND.encode() not in message.data
    parsed = letter.parse(message)
    assert parsed["subject"] == "Grüße"
    assert parsed["from"].addresses[0].display_name == "Jörg, Shop"
    assert letter.text(parsed.get_body(("plain",))) == TEXT.splitlines()
    data = [part.get_content() for part in parsed.iter_attachments()]
    assert data == [bytes(range(256)) * 9] * attachments


# nodemailer.

NODE = """
const mailer = require("nodemailer");
const [transport, ...letters] = JSON.parse(process.argv[1]);
setTimeout(() => process.exit(9), 30000).unref();
(async () => {
	const transporter = mailer.createTransport(transport);
	for (const letter of letters)
		await transporter.sendMail(letter);
	transporter.close();
})().catch(error => {
	console.error(error.message);
	process.exit(1);
});
"""
LETTER = {
    "from": {"name": "Jörg, Shop", "address": "web@example.com"},
    "to": ONE, "cc": TWO, "bcc": BLIND, "subject": "Grüße", "text": TEXT,
    "html": "<b>ü</b>", "attachments": [{
        "filename": "data.bin", "encoding": "hex",
        "content": (bytes(range(256)) * 9).hex()}],
    "envelope": {"from": "bounce@example.com", "to": [ONE, TWO, BLIND]}}


@pytest.fixture
def node(caller, need):
    # Debian's package stands where only Debian's node looks by itself.
    library = "NODE_PATH=/usr/share/nodejs"
    need("node")
    need("env", library, "node", "-e", "require('nodemailer')")

    def node(transport, *letters, run=caller.call):
        return run(["env", library, "node", "-e", NODE,
                    json.dumps([transport, *letters])])

    return node


@pytest.mark.parametrize("options", [{}, {"newline": "unix"},
                                     {"newline": "windows"}],
                         ids=["default", "lf", "crlf"])
def test_nodemailer(caller, node, options):
    """Recipients are words, and the header has Bcc all the same."""
    node({"sendmail": True, "path": str(caller.wrapper), **options}, LETTER)
    check_letter(caller.arrived())


def test_nodemailer_with_recipients_twice(caller, node):
    """In the header for -t, and as words."""
    node({"sendmail": True, "path": str(caller.wrapper),
          "args": ["-t", "-fbounce@example.com"]}, LETTER)
    message = caller.arrived()
    assert sorted(message.recipients) == sorted([ONE, TWO, BLIND])
    message.recipients.sort(key=[ONE, TWO, BLIND].index)
    check_letter(message)


def test_nodemailer_learns_of_a_failure(caller, node):
    result = node({"sendmail": True, "path": str(caller.wrapper)},
                  {"from": "a@example.com", "envelope":
                   {"from": "a@example.com", "to": ["b@@example.com"]},
                   "text": "x"}, run=caller.run)
    assert result.status == 1
    assert re.search("65|EPIPE", result.stderr)
    assert caller.spool.names() == []


@contextlib.contextmanager
def super_server(caller):
    """A port that serves connections with sendmail -bs, as inetd would."""
    listener = socket.create_server(("127.0.0.1", 0))
    results = []

    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                results.append(subprocess.run(
                    [str(caller.wrapper), "-bs"], stdin=connection,
                    stdout=connection, stderr=subprocess.PIPE,
                    env=caller.environment))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1], results
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
    for result in results:
        check_sanitizers(result.stderr.decode(errors="replace"))
        assert result.returncode == 0


def test_nodemailer_speaks_smtp(caller, node):
    """Three letters in one session."""
    with super_server(caller) as (port, sessions):
        node({"host": "127.0.0.1", "port": port, "ignoreTLS": True,
              "pool": True, "maxConnections": 1}, *[LETTER] * 3)
    assert len(sessions) == 1
    messages = caller.arrivals()
    assert len(messages) == 3
    for message in messages:
        check_letter(message)


def test_nodemailer_asks_for_notifications_and_is_answered(caller, node):
    """A refused recipient does not keep the others from their mail."""
    caller.host.keywords.append("DSN")
    with super_server(caller) as (port, _):
        node({"host": "127.0.0.1", "port": port, "ignoreTLS": True}, {
            "from": "a@example.com", "to": [ONE, TWO], "text": "x",
            "dsn": {"id": "x+y", "return": "headers", "notify": "failure",
                    "recipient": "a@example.com"},
            "envelope": {"from": "a@example.com", "to": [ONE, "b@"]}})
    message = caller.arrived()
    assert message.recipients == [ONE]
    assert message.parameters["RET"] == "HDRS"
    assert message.parameters["ENVID"] == "x+2By"
    assert message.asked == {ONE: {"NOTIFY": "FAILURE",
                                   "ORCPT": "rfc822;a@example.com"}}
    assert body(message.data) == b"x\r\n"


# Perl.

PERL = """
use strict; use warnings; use utf8;
binmode(STDOUT, ":utf8");
my ($sendmail) = @ARGV;
my $data = join("", map { chr } 0 .. 255) x 9;
my $text = "Grüße\\n.\\n..\\nend\\n";
"""


@pytest.fixture
def perl(caller, need):
    def perl(modules, code, sendmail=caller.wrapper, run=caller.call):
        need("perl", *[f"-M{module}" for module in modules], "-e", "1")
        uses = "".join(f"use {module};" for module in modules)
        return run(["perl", "-e", PERL + uses + code, sendmail])

    return perl


MIME_LITE = """
my $letter = MIME::Lite->new(
    From => '=?utf-8?Q?J=C3=B6rg=2C_Shop?= <web@example.com>',
    To => 'one@example.net', Cc => 'two@example.net',
    Bcc => 'blind@example.net', Subject => '=?utf-8?Q?Gr=C3=BC=C3=9Fe?=',
    Type => 'multipart/mixed');
utf8::encode($text);
$letter->attach(Type => 'text/plain; charset=utf-8', Data => $text,
    Encoding => '8bit');
$letter->attach(Type => 'application/octet-stream', Data => $data,
    Encoding => 'base64', Disposition => 'attachment', Filename => 'data.bin');
"""


@pytest.mark.parametrize("send", [
    '$letter->send("sendmail", "$sendmail -t -oi -f bounce\\@example.com")',
    '$letter->send("sendmail", Sendmail => $sendmail, '
    'FromSender => "bounce\\@example.com")',
    '$letter->send_by_sendmail(Sendmail => $sendmail, '
    'FromSender => "bounce\\@example.com", BaseArgs => ["-t", "-oem", "-oi"])',
], ids=["command", "options", "arguments"])
def test_mime_lite(caller, perl, send):
    perl(["MIME::Lite"], f"{MIME_LITE} {send} or exit 1;")
    check_letter(caller.arrived())


EMAIL_SENDER = """
my $letter = Email::Simple->create(header => [
    From => '=?utf-8?Q?J=C3=B6rg=2C_Shop?= <web@example.com>',
    To => 'one@example.net', Cc => 'two@example.net',
    Bcc => 'blind@example.net', Subject => '=?utf-8?Q?Gr=C3=BC=C3=9Fe?=',
    'MIME-Version' => '1.0', 'Content-Type' => 'text/plain; charset=utf-8',
    'Content-Transfer-Encoding' => '8bit'], body => $text);
utf8::encode(my $octets = $letter->as_string);
Email::Sender::Simple->send($octets, {
    from => $ENV{FROM} // 'bounce@example.com',
    to => ['one@example.net', 'two@example.net', 'blind@example.net'],
    transport => Email::Sender::Transport::Sendmail->new(
	sendmail => $sendmail)});
"""
MODULES = ["Email::Simple", "Email::Sender::Simple",
           "Email::Sender::Transport::Sendmail"]


def test_email_sender(caller, perl):
    perl(MODULES, EMAIL_SENDER)
    check_letter(caller.arrived(), attachments=0)


def test_email_sender_learns_of_a_failure(caller, perl):
    caller.environment["FROM"] = "a@"
    result = perl(MODULES, EMAIL_SENDER, run=caller.run)
    assert result.status != 0
    assert caller.spool.names() == []


def test_mail_send(caller, perl):
    """MailTools, which calls sendmail without -i."""
    caller.environment["PERL_MAILERS"] = f"sendmail:{caller.wrapper}"
    perl(["Mail::Send"], """
        my $letter = Mail::Send->new(To => 'one@example.net',
            Subject => 'x');
        $letter->cc('two@example.net');
        $letter->bcc('blind@example.net');
        my $handle = $letter->open('sendmail');
        print $handle "one\\ntwo\\n";
        $handle->close or exit 1;""")
    message = caller.arrived()
    assert sorted(message.recipients) == sorted([ONE, TWO, BLIND])
    assert BLIND.encode() not in message.data
    assert body(message.data) == b"one\r\ntwo\r\n"


# Ruby.

RUBY = r"""
require "mail"
letter = Mail.new do
  from %("Jörg, Shop" <web@example.com>)
  to "one@example.net"
  cc "two@example.net"
  bcc "blind@example.net"
  subject "Grüße"
  text_part do
    content_type "text/plain; charset=utf-8"
    body "Grüße\n.\n..\nend\n"
  end
  add_file filename: "data.bin", content: (0..255).to_a.pack("C*") * 9
end
letter.smtp_envelope_from = ENV["FROM"] || "bounce@example.com"
letter.delivery_method :sendmail, **eval(ARGV[0])
letter.deliver!
"""


@pytest.fixture
def ruby(caller, need):
    need("ruby", "-e", 'require "mail"')

    def ruby(options, run=caller.call):
        return run(["ruby", "-e", RUBY, options])

    return ruby


@pytest.mark.parametrize("arguments", ["", ', arguments: "-i -t"'],
                         ids=["default", "t"])
def test_ruby_mail(caller, ruby, arguments):
    ruby(f'{{ location: "{caller.wrapper}"{arguments} }}')
    check_letter(caller.arrived())


# Python.

def test_python_mailbox(caller):
    """A message out of a mailbox still has its line "From "."""
    octets = (b"From me@example.com Sat Nov 21 00:00:00 2026\n"
              b"From: me@example.com\nTo: one@example.net\n"
              b"Bcc: blind@example.net\n\nFrom here\n.\n")
    caller.call([caller.wrapper, "-t", "-oi"], input=octets)
    message = caller.arrived()
    assert message.recipients == [ONE, BLIND]
    assert body(message.data) == b"From here\r\n.\r\n"
    assert field(message.data, "from") == ["me@example.com"]
