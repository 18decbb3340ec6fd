#!/usr/bin/python3
"""A smarthost for tests: real SMTP, TLS and AUTH on loopback, and a script
that makes it do anything else at any step.

It records every session octet for octet and is strict with the client: what
RFC 5321 and the extensions in use do not allow stands in `violations`.

As a program it serves until it is interrupted and prints one line of JSON
per event; see --help.
"""

import argparse
import json
import pathlib
import socket
import ssl
import sys
import tempfile
import threading

import certificates
from channel import Channel
from mechanisms import MECHANISMS
from script import Script
from session import Session

KEYWORDS = ("PIPELINING", "SIZE 104857600", "8BITMIME", "ENHANCEDSTATUSCODES")


class Smarthost:
    """A listener and the sessions it has had.

    tls is "implicit", "starttls" or "none"; certificate names a file with the
    certificate and its key. With a user, mail is taken only after AUTH.
    keywords are the EHLO keywords besides STARTTLS and AUTH. auth_early offers
    AUTH before TLS too, which a careful client does not use. tls_maximum is
    the newest version that it speaks, as an ssl.TLSVersion. binds names the
    types of channel binding that it takes, iterations is for SCRAM, and table
    has the mechanisms, as mechanisms.py does. channel makes the channel of a
    session from its socket. clients is a file with what it trusts in the
    certificates that it then asks clients for.
    """

    def __init__(self, tls="implicit", certificate=None, user=None,
                 password=None, keywords=KEYWORDS, mechanisms="PLAIN LOGIN",
                 script=None, address="127.0.0.1", port=0, auth_early=False,
                 starttls_offered=True, tls_maximum=None, on_event=None,
                 binds=(), iterations=4096, table=MECHANISMS,
                 channel=Channel, clients=None):
        self.tls = tls
        self.certificate = certificate
        self.user = user
        self.credentials = (user, password)
        self.keywords = list(keywords)
        self.mechanisms = mechanisms
        self.script = Script(script)
        self.address = address
        self.port = port
        self.auth_early = auth_early
        self.starttls_offered = starttls_offered
        self.tls_maximum = tls_maximum
        self.on_event = on_event
        self.binds = binds
        self.iterations = iterations
        self.table = table
        self.clients = clients
        self.channel = channel
        self.sessions = []
        self.messages = []
        self.unanswered = []    # complete, but the reply was never sent
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.listener = None
        self.threads = []

    def __enter__(self):
        return self.start()

    def __exit__(self, *exception):
        self.stop()

    def start(self):
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        self.stopping.clear()
        self.listener = socket.socket(family, socket.SOCK_STREAM)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((self.address, self.port))
        self.listener.listen(64)
        self.port = self.listener.getsockname()[1]
        self.spawn(self.accept, self.listener)
        return self

    def stop(self):
        """Close the port and every connection."""
        self.stopping.set()
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        for session in self.open_sessions():
            session.channel.shut_down()
        for thread in self.threads:
            thread.join(10)
        self.threads.clear()

    def spawn(self, function, *arguments):
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        self.threads.append(thread)
        thread.start()

    def accept(self, listener):
        while True:
            try:
                sock, peer = listener.accept()
            except OSError:
                return
            session = Session(self, sock, peer, len(self.sessions))
            self.sessions.append(session)
            self.report("connected", session)
            self.spawn(session.run)

    def offer(self, session):
        """The EHLO keywords for a session as it stands."""
        keywords = list(self.keywords)
        if self.tls == "starttls" and self.starttls_offered \
                and not session.channel.tls:
            keywords.append("STARTTLS")
        clear = self.tls == "none" or self.auth_early
        if self.user and self.mechanisms and (session.channel.tls or clear):
            keywords.append(f"AUTH {self.mechanisms}")
        return keywords

    def context(self, session):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        if self.tls_maximum:
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = self.tls_maximum
        if self.binds:
            session.keylog = pathlib.Path(tempfile.mkstemp()[1])
            context.keylog_filename = session.keylog

        if self.clients:
            context.load_verify_locations(self.clients)
            context.verify_mode = ssl.CERT_OPTIONAL

        def note(sock, name, context):
            session.sni = name

        context.sni_callback = note
        return context

    def report(self, event, session, message=None):
        if self.on_event:
            self.on_event(event, session, message)

    @property
    def url(self):
        scheme = "smtps" if self.tls == "implicit" else "smtp"
        return f"{scheme}://localhost:{self.port}"

    @property
    def violations(self):
        return [text for session in self.sessions
                for text in session.violations]

    @property
    def attempts(self):
        return [a for session in self.sessions for a in session.attempts]

    @property
    def commands(self):
        return [c for session in self.sessions for c in session.commands]

    def open_sessions(self):
        return [s for s in self.sessions if s.ended is None]


def print_event(event, session, message):
    entry = {"event": event, "session": session.number}
    if event == "closed":
        entry.update(tls=session.tls_version, user=session.user,
                     messages=len(session.messages), error=session.error,
                     tls_error=session.tls_error,
                     violations=session.violations)
    if message:
        entry.update(sender=message.sender, recipients=message.recipients,
                     user=session.user, tls=session.tls_version,
                     method=message.method, size=len(message.data))
    print(json.dumps(entry), flush=True)


def main():
    parser = argparse.ArgumentParser(description="A smarthost for tests.")
    parser.add_argument("--tls", default="implicit",
                        choices=("implicit", "starttls", "none"))
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--user")
    parser.add_argument("--password")
    parser.add_argument("--keyword", action="append", metavar="KEYWORD",
                        help="an EHLO keyword (may be repeated)")
    parser.add_argument("--certificates", metavar="DIRECTORY",
                        help="make ca.pem and good.pem there")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        made = certificates.make(arguments.certificates or temporary)
        smarthost = Smarthost(
            tls=arguments.tls, certificate=made.good, user=arguments.user,
            password=arguments.password, address=arguments.address,
            port=arguments.port, keywords=arguments.keyword or KEYWORDS,
            on_event=print_event)
        with smarthost:
            print(json.dumps({"event": "listening", "port": smarthost.port,
                              "ca": str(made.ca)}), flush=True)
            try:
                threading.Event().wait()
            except KeyboardInterrupt:
                return 0


if __name__ == "__main__":
    sys.exit(main())
