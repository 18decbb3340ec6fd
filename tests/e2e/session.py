"""One connection to the smarthost: the dialogue and its record."""

import base64
import binascii
import dataclasses
import re
import ssl
import time

from channel import Closed, bare_line_ends, unstuff
from mechanisms import Cancelled, Refused, end_point, exporter

COMMAND_MAX = 512       # RFC 5321, section 4.5.3.1.4
AUTH_MAX = 12288        # RFC 4954, section 4
PATH = re.compile(rb"(?i)(MAIL FROM|RCPT TO):<([^<>\0-\x20\x7f]*|"
                  rb"\"(?:[^\"\\\0-\x1f\x7f]|\\[\x20-\x7e])*\"@[^<> ]+)>"
                  rb"((?: [A-Za-z0-9][A-Za-z0-9-]*(?:=[^ =]+)?)*)")
EHLO = re.compile(rb"(?i)EHLO (\[[0-9A-Fa-f.:]+\]|\[IPv6:[0-9A-Fa-f.:]+\]|"
                  rb"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?)")

# Commands after which the client has to wait for the reply, even with
# PIPELINING (RFC 2920, section 3.1; RFC 3207; RFC 4954).
ALONE = (b"EHLO", b"STARTTLS", b"AUTH", b"DATA", b"QUIT")

# The parameters of MAIL and RCPT by the keyword that allows them.
PARAMETERS = {"SIZE": "SIZE", "BODY": "8BITMIME", "AUTH": "AUTH",
              "RET": "DSN", "ENVID": "DSN", "NOTIFY": "DSN", "ORCPT": "DSN",
              "SMTPUTF8": "SMTPUTF8", "REQUIRETLS": "REQUIRETLS"}

# Their values, where RFC 3461, 6531 and 8689 say what they are.
XTEXT = r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})"
VALUES = {"RET": "FULL|HDRS", "ENVID": XTEXT + "{1,100}", "SMTPUTF8": "",
          "REQUIRETLS": "",
          "NOTIFY": "NEVER|(?:SUCCESS|FAILURE|DELAY)"
                    "(?:,(?:SUCCESS|FAILURE|DELAY))*",
          "ORCPT": "[A-Za-z0-9-]+;" + XTEXT + "*"}


class Ended(Exception):
    """The script has ended the connection."""


class Settled(Exception):
    """The script has given the last reply to AUTH."""


@dataclasses.dataclass
class Command:
    line: bytes     # with its line end
    tls: bool       # under TLS
    ahead: bool     # sent before the reply to the one before it
    time: float

    @property
    def verb(self):
        return self.line.split(None, 1)[0].upper() if self.line.split() else b""


@dataclasses.dataclass
class Attempt:
    """One AUTH command and what came with it."""
    mechanism: str
    initial: bool   # with an initial response
    user: str
    password: str
    tls: bool
    accepted: bool
    flag: str = None    # how it is bound to its channel; mechanisms.py


@dataclasses.dataclass
class Message:
    sender: str
    parameters: dict
    session: int
    recipients: list = dataclasses.field(default_factory=list)
    asked: dict = dataclasses.field(default_factory=dict)   # by recipient
    refused: list = dataclasses.field(default_factory=list)
    data: bytes = b""
    method: str = None
    chunks: int = 0
    time: float = 0


class Session:
    """The server's side; smarthost says how it is set up."""

    def __init__(self, smarthost, sock, peer, number):
        self.smarthost = smarthost
        self.channel = smarthost.channel(sock)
        self.peer = peer
        self.number = number
        self.commands = []
        self.attempts = []
        self.messages = []
        self.violations = []
        self.user = None            # authenticated as
        self.cancelled = 0          # exchanges, by the client
        self.keylog = None          # path, where secrets of TLS are logged
        self.helo = None
        self.sni = None
        self.tls_version = None
        self.tls_error = None
        self.error = None
        self.quit = False
        self.offered = {}
        self.message = None         # the transaction under way
        self.discarded = None       # MAIL was refused: RCPT may still come
        self.last = None            # the message whose data ended last
        self.chunked = bytearray()
        self.started = time.monotonic()
        self.ended = None

    # The life of a session.

    def run(self):
        try:
            self.answer(b"", "connect")
            if self.smarthost.tls == "implicit":
                self.start_tls()
            self.answer(b"220 localhost ESMTP smarthost\r\n", "greeting")
            while not self.quit:
                self.serve()
            self.channel.close_tls()
        except (Ended, Closed):
            pass
        except OSError as error:
            self.error = str(error)
        except Exception as error:
            self.violation(f"the smarthost failed: {error!r}")
            raise
        finally:
            self.channel.close()
            if self.keylog:
                self.keylog.unlink()
            self.ended = time.monotonic()
            self.smarthost.report("closed", self)

    def start_tls(self):
        action = self.smarthost.script.choose(self, "tls")
        self.perform(action, b"")
        try:
            self.channel.start_tls(self.smarthost.context(self))
        except (ssl.SSLError, OSError) as error:
            self.tls_error = str(error)
            raise Ended from error
        self.tls_version = self.channel.sock.version()

    def violation(self, text):
        self.violations.append(f"session {self.number}: {text}")

    # Replies.

    def answer(self, usual, *steps):
        """Give the scripted or the usual reply; return the code given."""
        return self.perform(self.smarthost.script.choose(self, *steps), usual)

    def perform(self, action, usual):
        text = action.said(usual)
        if action.delay:
            self.smarthost.stopping.wait(action.delay)
        if action.pace:
            self.trickle(text, action.pace)
        elif text:
            self.channel.send(text)
        if action.end:
            self.end(action.end)
        return int(text[:3]) if text[:3].isdigit() else 0

    def trickle(self, text, pace):
        for octet in text:
            self.smarthost.stopping.wait(pace)
            self.channel.send(bytes([octet]))

    def end(self, how):
        if how == "hang":
            self.channel.wait_for_close()
        if how == "reset":
            self.channel.reset()
            self.channel.sock.close()
        raise Ended

    # Commands.

    def read_command(self):
        ahead = bool(self.channel.buffer)
        line = self.channel.read_line()
        command = Command(line, self.channel.tls, ahead, time.monotonic())
        self.commands.append(command)
        limit = AUTH_MAX if command.verb == b"AUTH" else COMMAND_MAX
        if len(line) > limit:
            self.violation(f"a command of {len(line)} octets")
        self.check_line(line)
        return command

    def check_line(self, line):
        if not line.endswith(b"\r\n"):
            self.violation(f"line without CRLF: {line[:80]!r}")
        if bare_line_ends(line[:-2]) or b"\0" in line:
            self.violation(f"CR, LF or NUL in a command: {line[:80]!r}")

    def check_ahead(self, verb):
        """Look, just before replying, whether the client has waited."""
        if not self.channel.waiting():
            return
        if verb in ALONE or "PIPELINING" not in self.offered:
            self.violation(f"sent ahead of the reply to {verb!r}: "
                           f"{bytes(self.channel.buffer[:80])!r}")

    def serve(self):
        command = self.read_command()
        verb = command.verb
        handler = self.handlers.get(verb)
        if verb != b"BDAT":
            self.check_ahead(verb)
        if handler is None:
            self.violation(f"unknown command {command.line[:80]!r}")
            self.channel.send(b"500 5.5.2 unknown command\r\n")
            return
        handler(self, command)

    def ehlo(self, command):
        match = EHLO.fullmatch(command.line.rstrip(b"\r\n"))
        if not match:
            self.violation(f"malformed EHLO {command.line!r}")
        else:
            self.helo = match[1].decode()
        keywords = self.smarthost.offer(self)
        self.offered = {k.split()[0].upper(): k for k in keywords}
        lines = ["localhost greets you"] + keywords
        usual = "".join(f"250-{line}\r\n" for line in lines[:-1])
        usual += f"250 {lines[-1]}\r\n"
        self.message = None
        self.answer(usual.encode(), "ehlo")

    def helo_command(self, command):
        self.offered = {}
        self.helo = command.line.split()[-1].decode()
        self.answer(b"250 localhost\r\n", "helo")

    def starttls(self, command):
        if "STARTTLS" not in self.offered:
            self.violation("STARTTLS that was not offered")
            self.channel.send(b"502 5.5.1 not offered\r\n")
            return
        code = self.answer(b"220 2.0.0 go ahead\r\n", "starttls")
        if code == 220:
            self.start_tls()
            self.helo, self.offered, self.message = None, {}, None

    def rset(self, command):
        self.message = self.discarded = None
        self.chunked.clear()
        self.answer(b"250 2.0.0 reset\r\n", "rset")

    def noop(self, command):
        self.answer(b"250 2.0.0 ok\r\n", "noop")

    def quit_command(self, command):
        self.quit = True
        self.answer(b"221 2.0.0 bye\r\n", "quit")

    # Authentication.

    def auth(self, command):
        try:
            self.authenticate(command)
        except Cancelled:
            self.cancelled += 1
            self.channel.send(b"501 5.7.0 authentication cancelled\r\n")
        except Settled:
            pass

    def authenticate(self, command):
        words = command.line.split()
        mechanism = words[1].decode().upper() if len(words) > 1 else ""
        if mechanism not in self.offered.get("AUTH", "").split()[1:]:
            self.violation(f"AUTH {mechanism} that was not offered")
        if self.user or self.message:
            self.violation("AUTH out of order")
        initial = words[2] if len(words) > 2 else None
        right = False
        try:
            claim = self.smarthost.table[mechanism](self, initial)
            right = (claim.user, claim.password) == self.smarthost.credentials
        except Refused as refused:
            claim = refused.claim
        except (KeyError, ValueError, TypeError, AttributeError):
            self.answer(b"501 5.5.4 malformed authentication\r\n", "auth")
            return
        usual = (b"235 2.7.0 welcome\r\n" if right else
                 b"535 5.7.8 authentication credentials invalid\r\n")
        attempt = Attempt(mechanism, initial is not None, claim.user,
                          claim.password, command.tls, False, claim.flag)
        self.attempts.append(attempt)
        code = self.answer(usual, "auth")
        if code == 334:
            self.response()     # to a challenge too many
        attempt.accepted = code == 235
        if attempt.accepted:
            self.user = claim.user

    def challenge(self, text):
        """Challenge the client, unless the script has another reply."""
        usual = b"334 " + base64.b64encode(text) + b"\r\n"
        if self.answer(usual, "challenge") != 334:
            raise Settled
        return self.response()

    def response(self):
        line = self.channel.read_line(AUTH_MAX)
        self.check_line(line)
        self.check_ahead(b"AUTH")
        if line == b"*\r\n":
            raise Cancelled
        return line.rstrip(b"\r\n")

    def decode(self, response):
        try:
            return base64.b64decode(response, validate=True)
        except binascii.Error:
            self.violation(f"not base64: {response!r}")
            raise ValueError from None

    def channel_binding(self, kind):
        if kind == "tls-server-end-point":
            return end_point(self.smarthost.certificate)
        return exporter(self.keylog, self.channel.sock.cipher()[0])

    # The transaction.

    def path(self, command):
        """The address and the parameters of MAIL or RCPT."""
        match = PATH.fullmatch(command.line.rstrip(b"\r\n"))
        if not match:
            self.violation(f"malformed {command.line!r}")
            self.channel.send(b"501 5.5.4 malformed address\r\n")
            return None, None
        parameters = {}
        for word in match[3].decode().split():
            keyword, _, value = word.partition("=")
            parameters[keyword.upper()] = value
            if PARAMETERS.get(keyword.upper()) not in self.offered:
                self.violation(f"parameter that was not offered: {word}")
            if not re.fullmatch(VALUES.get(keyword.upper(), ".*"), value):
                self.violation(f"malformed parameter: {word}")
        if "REQUIRETLS" in parameters and not command.tls:
            self.violation("REQUIRETLS without TLS")
        return match[2].decode("utf-8", "surrogateescape"), parameters

    def check_address(self, address, message):
        if not address.isascii() and "SMTPUTF8" not in message.parameters:
            self.violation(f"{address!r} without SMTPUTF8")

    def mail(self, command):
        if not self.helo:
            self.violation("MAIL before EHLO")
        sender, parameters = self.path(command)
        if sender is None:
            return
        if self.message:
            self.nested(command, sender)
            return
        message = Message(sender, parameters, self.number)
        self.check_address(sender, message)
        code = self.answer(self.mail_reply(parameters), f"mail:{sender}",
                           "mail")
        accepted = 200 <= code < 300
        self.message = message if accepted else None
        self.discarded = None if accepted else message

    def nested(self, command, sender):
        """RFC 5321, section 4.1.1.2: the transaction goes on as it began."""
        if ("PIPELINING" not in self.offered
                or sender != self.message.sender):
            self.violation("MAIL inside a transaction")
        self.answer(b"503 5.5.1 nested MAIL\r\n", "mail-nested")

    def mail_reply(self, parameters):
        if self.smarthost.user and not self.user:
            return b"530 5.7.0 authentication required\r\n"
        limit = self.offered.get("SIZE", "").split()[1:]
        size = int(parameters.get("SIZE", 0))
        if limit and int(limit[0]) and size > int(limit[0]):
            return b"552 5.3.4 message too large\r\n"
        return b"250 2.1.0 ok\r\n"

    def rcpt(self, command):
        recipient, parameters = self.path(command)
        if recipient is None:
            return
        if not self.message:
            if not (self.discarded and command.ahead):
                self.violation("RCPT without MAIL")
            self.answer(b"503 5.5.1 no transaction\r\n", "rcpt-late")
            return
        self.check_address(recipient, self.message)
        self.message.asked[recipient] = parameters
        code = self.answer(b"250 2.1.5 ok\r\n", f"rcpt:{recipient}", "rcpt")
        accepted = 200 <= code < 300
        (self.message.recipients if accepted
         else self.message.refused).append(recipient)

    def ready(self, command):
        """Whether a message may come now; says no otherwise."""
        if self.message and self.message.recipients:
            return True
        if not command.ahead:
            self.violation(f"{command.verb.decode()} without a recipient")
        self.channel.send(b"554 5.5.1 no valid recipients\r\n")
        return False

    def data(self, command):
        if not self.ready(command):
            return
        if self.answer(b"354 go ahead\r\n", "data") != 354:
            return
        self.content()
        message, doubled = unstuff(self.channel.read_data())
        if not doubled:
            self.violation("a leading dot that was not doubled")
        self.message.method = "DATA"
        self.message.data = message
        self.check_ahead(b".")
        self.finish()

    def content(self):
        """The step while the message is on its way."""
        action = self.smarthost.script.choose(self, "content")
        if action.end and not self.channel.buffer:
            self.channel.fill()
        self.perform(action, b"")

    def bdat(self, command):
        match = re.fullmatch(rb"(?i)BDAT (\d+)( LAST)?\r\n", command.line)
        if "CHUNKING" not in self.offered:
            self.violation("BDAT that was not offered")
        if not match:
            self.violation(f"malformed {command.line!r}")
            self.channel.send(b"501 5.5.4 malformed BDAT\r\n")
            return
        self.content()
        chunk = self.channel.read_exactly(int(match[1]))
        self.check_ahead(b"BDAT")
        if not self.ready(command):
            return
        self.chunked += chunk
        self.message.chunks += 1
        if match[2]:
            self.message.method = "BDAT"
            self.message.data = bytes(self.chunked)
            self.chunked.clear()
            self.finish()
        else:
            self.answer(b"250 2.0.0 more\r\n", "bdat")

    def finish(self):
        """Record the message as accepted before saying so."""
        message, self.message = self.message, None
        self.last = message
        self.check_message(message)
        message.time = time.monotonic()
        action = self.smarthost.script.choose(self, "end")
        usual = b"250 2.0.0 taken\r\n"
        text = action.said(usual)
        lost = not text
        refused = text and not text.startswith(b"2")
        with self.smarthost.lock:
            if lost:
                self.smarthost.unanswered.append(message)
            elif not refused:
                self.messages.append(message)
                self.smarthost.messages.append(message)
        self.perform(action, usual)
        if not lost and not refused:
            self.smarthost.report("message", self, message)

    def check_message(self, message):
        data = message.data
        if bare_line_ends(data):
            self.violation("bare CR or LF in the message")
        if b"\0" in data:
            self.violation("NUL in the message")
        if data and not data.endswith(b"\r\n"):
            self.violation("the message does not end with CRLF")
        if not data.isascii() and "8BITMIME" in self.offered and \
                message.parameters.get("BODY", "").upper() != "8BITMIME":
            self.violation("8-bit content without BODY=8BITMIME")

    handlers = {b"EHLO": ehlo, b"HELO": helo_command, b"STARTTLS": starttls,
                b"AUTH": auth, b"MAIL": mail, b"RCPT": rcpt, b"DATA": data,
                b"BDAT": bdat, b"RSET": rset, b"NOOP": noop,
                b"QUIT": quit_command}
