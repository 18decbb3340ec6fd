"""PROVIDERS in onehop(7): the lines of each are taken, and do what it says."""

import http.server
import shutil
import threading
import urllib.parse

import pytest

from harness import PASSWORD, field, program, run
from manual import Page, Part

ONE = "one@example.net"
TOKEN = "eyJ0eXAiOiJKV1QifQ.token"


def subsections():
    lines = Page("onehop.7").sections["PROVIDERS"].lines
    return Part(lines).divided("Ss")


SECTIONS = subsections()
PROVIDERS = {title: part.examples()[0] for title, part in SECTIONS.items()
             if title != "Tokens"}

# What each offered when it was looked at, and the sender and the author of
# mail from root there.
WEB = "root@web1.example.com"
OFFERED = {
    "Gmail and Google Workspace": (
        "LOGIN PLAIN XOAUTH2 OAUTHBEARER", "PLAIN", "me@gmail.com"),
    "Microsoft 365": ("LOGIN XOAUTH2", "XOAUTH2", "alerts@example.com"),
    "Amazon SES": ("PLAIN LOGIN", "PLAIN", "root@example.com"),
    "SendGrid": ("PLAIN LOGIN", "PLAIN", "root@example.com"),
    "Mailgun": ("PLAIN LOGIN", "PLAIN", "root@mg.example.com"),
    "Postmark": ("CRAM-MD5 PLAIN LOGIN", "CRAM-MD5", "root@example.com"),
    "Fastmail": ("PLAIN LOGIN", "PLAIN", "me@fastmail.com"),
    "Your own Postfix": ("PLAIN LOGIN", "PLAIN", WEB),
}


def settings(text):
    return dict(line.split(" ", 1) for line in text.splitlines())


def test_these_are_all_providers():
    assert set(PROVIDERS) == set(OFFERED)


@pytest.mark.parametrize("title", PROVIDERS)
def test_the_lines_are_taken(title, tmp_path):
    path = tmp_path / "onehop.conf"
    path.write_text(PROVIDERS[title])
    result = run([program("onehopctl"), "-C", str(path), "config"])
    assert (result.status, result.stderr) == (0, "")
    shown = result.stdout.splitlines()
    for line in PROVIDERS[title].splitlines():
        scheme = {"relay smtp:": ":587", "relay smtps:": ":465"}
        line += scheme.get(line.partition("//")[0], "")
        assert line in shown


@pytest.mark.parametrize("title", PROVIDERS)
def test_lines_in_the_text_are_taken_too(title, tmp_path):
    """Such as those for another kind of account, in quotes."""
    path = tmp_path / "onehop.conf"
    for line in SECTIONS[title].lines:
        if line.startswith(".Ql r"):
            path.write_text(line[4:].rstrip(" .") + "\n")
            result = run([program("onehopctl"), "-C", str(path), "config"])
            assert (result.status, result.stderr) == (0, "")


@pytest.fixture
def token_command(tmp_path):
    """The script of the page, at a server that gives tokens."""
    if not shutil.which("curl") or not shutil.which("jq"):
        pytest.skip("needs curl and jq")
    script, request = SECTIONS["Tokens"].examples()
    asked = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            octets = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append(urllib.parse.parse_qs(octets.decode()))
            text = b'{"token_type": "Bearer", "access_token": "%s"}' % (
                TOKEN.encode())
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *arguments):
            pass

    path = tmp_path / "token-request"
    path.write_text(request)
    with http.server.HTTPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        command = tmp_path / "mail-token"
        command.write_text(
            script.replace("/etc/onehop/token-request", str(path)).replace(
                "https://login.microsoftonline.com",
                f"http://127.0.0.1:{server.server_port}"))
        command.chmod(0o700)
        yield command, asked
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("title", PROVIDERS)
def test_a_session(site, smarthost, request, title):
    values = settings(PROVIDERS[title])
    mechanisms, taken, sender = OFFERED[title]
    token = "password-command" in values
    host = smarthost(
        tls="implicit" if values.pop("relay").startswith("smtps:") else
        "starttls", user=values.pop("user"), mechanisms=mechanisms,
        password=TOKEN if token else PASSWORD)
    site.configure(domain="web1.example.com")
    site.use(host, **values)
    if token:
        command, asked = request.getfixturevalue("token_command")
        site.configure(password_file=None, password_command=command)
    site.submit("-f", "root", ONE, input=b"From: root (Cron Daemon)\n"
                b"Subject: x\n\nx\n")
    status, log = site.flush()
    assert status == 0, log.text()
    [message] = host.messages
    [attempt] = host.sessions[0].attempts
    assert (attempt.mechanism, attempt.accepted) == (taken, True)
    assert message.sender == sender
    assert sender in field(message.data, "from")[0]
    if token:
        [form] = asked
        assert form["grant_type"] == ["client_credentials"]
        assert form["scope"] == ["https://outlook.office365.com/.default"]
