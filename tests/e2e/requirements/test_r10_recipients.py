"""Requirements 10 to 24: who the recipients are."""

import pathlib
import socket

import pytest

from checks import DATAERR, ONE, TEXT, THREE, TWO, USAGE, \
    mail_commands, rcpt_commands, refuse, sent, taken
from harness import field
from script import per_session, reply


def named(site, *arguments, header=""):
    """The recipients when the message has these lines in its header."""
    text = header.encode("utf-8", "surrogateescape")
    return taken(site, *arguments, input=text + b"\ntext\n").recipients


# 10: with words only the header is never read for recipients.

@pytest.mark.parametrize("header", [
    "To: other@example.net\nCc: third@example.net\nBcc: blind@example.net\n",
    "To: malformed@\n", "To: two@example.net, \x01@\n",
    "Resent-To: other@example.net\n"])
def test_r10_words_alone_are_the_recipients(site, header):
    assert named(site, ONE, TWO, header=header) == [ONE, TWO]


# 11: with -t they are in To, Cc and Bcc, wherever and however written.

@pytest.mark.parametrize("header, recipients", [
    ("To: one@example.net\n", [ONE]),
    ("To: one@example.net\nSubject: x\nTo: two@example.net\n", [ONE, TWO]),
    ("tO: one@example.net\nCC: two@example.net\nbCC: three@example.net\n",
     [ONE, TWO, THREE]),
    ("BCC: one@example.net\n", [ONE]),
    ("Bcc: one@example.net\nBCC: two@example.net\nbcc: three@example.net\n",
     [ONE, TWO, THREE]),
    ("To: one@example.net,\n two@example.net\n\t, three@example.net\n",
     [ONE, TWO, THREE]),
    ("To:\n one@example.net\n", [ONE]),
    ("To: (a comment, with (another) in it) one@example.net (after, all)\n",
     [ONE]),
    ("To: one (the first) @ (of) example (these) . net\n", [ONE]),
    ('To: "Doe, Jane; (x) <y@z>" <one@example.net>, two@example.net\n',
     [ONE, TWO]),
    ("To: =?utf-8?q?J=C3=BCrgen=2C_x=40y?= <one@example.net>\n", [ONE]),
    ("To: =?UTF-8?B?VMO2w7Y=?= <one@example.net>\n", [ONE]),
    ("To: Jürgen Müller <one@example.net>\n", [ONE]),
    ("To: A Group: one@example.net, Two <two@example.net>;,"
     " three@example.net\n", [ONE, TWO, THREE]),
    ("To: John Q. Public <one@example.net>\n", [ONE]),
    ("To: <@relay.example,@b.example:one@example.net>\n", [ONE]),
    ("To : one@example.net\n", [ONE]),
    ("To:one@example.net\n", [ONE]),
    ("X-To: no@example.net\nApparently-To: no@example.net\n"
     "Reply-To: no@example.net\nTo: one@example.net\n", [ONE]),
])
def test_r11_t_takes_the_recipients_of_the_header(site, header, recipients):
    assert named(site, "-t", header=header) == recipients


# 12: with -t any Resent- recipient field counts instead of the others.

@pytest.mark.parametrize("header, recipients", [
    ("To: no@example.net\nResent-To: one@example.net\n", [ONE]),
    ("Resent-Cc: one@example.net\nTo: no@example.net\n"
     "Bcc: no@example.net\n", [ONE]),
    ("Cc: no@example.net\nRESENT-BCC: one@example.net\n", [ONE]),
    ("Resent-To: one@example.net\nResent-To: two@example.net\n"
     "Resent-Cc: three@example.net\nCc: no@example.net\n",
     [ONE, TWO, THREE]),
    ("Resent-From: me@example.com\nTo: one@example.net\n", [ONE]),
])
def test_r12_resent_fields_instead_of_the_others(site, header, recipients):
    assert named(site, "-t", header=header) == recipients


def test_r12_empty_resent_fields_count_too(site):
    refuse(site, "-t", status=USAGE, input=b"Resent-To: \nResent-Cc:\n"
           b"To: no@example.net\n\ntext\n")


def test_r12_resent_to_changes_nothing_for_words(site):
    header = "Resent-To: no@example.net\nTo: other@example.net\n"
    assert named(site, ONE, header=header) == [ONE]


# 13: -t and words: the union, each address once.

def test_r13_header_and_words_are_united(site):
    found = named(site, "-t", TWO, ONE, header=(
        "To: One <one@example.net>\nCc: three@example.net\n"))
    assert sorted(found) == sorted([ONE, TWO, THREE])


def test_r13_the_same_recipient_twice_is_one(site):
    assert named(site, "-t", "-i", "--", ONE,
                 header="To: one@EXAMPLE.net\n") == [ONE]


# 14: a word may hold several addresses and whatever a header may.

WORDS = [
    ([f"{ONE},{TWO}"], [ONE, TWO]),
    ([f"{ONE}, {TWO}"], [ONE, TWO]),
    ([f"{ONE} , {TWO} ,"], [ONE, TWO]),
    ([f"{ONE},", TWO], [ONE, TWO]),
    ([f",{ONE},,{TWO}"], [ONE, TWO]),
    ([f"Full Name <{ONE}>"], [ONE]),
    ([f'"Name, Full" <{ONE}>, {TWO}'], [ONE, TWO]),
    ([f"<{ONE}>"], [ONE]),
    ([f"{ONE} (a comment)"], [ONE]),
    ([f"(a comment) {ONE}"], [ONE]),
    ([f"  {ONE}  "], [ONE]),
    (["", ONE, " ", TWO], [ONE, TWO]),
    (["o'brien@example.net"], ["o'brien@example.net"]),
    (["bounce+tag=x@example.net"], ["bounce+tag=x@example.net"]),
]


@pytest.mark.parametrize("words, recipients", WORDS)
def test_r14_word_with_several_addresses(site, words, recipients):
    assert taken(site, *words).recipients == recipients


@pytest.mark.parametrize("words", [[""], [" "], [","], [", ,", ""],
                                   ["(only a comment)"]])
def test_r14_only_empty_elements_are_no_recipients(site, words):
    refuse(site, *words, status=USAGE, pattern="(?i)recipient")


# 15: semicolons, blanks between addresses, empty groups in header lists.

@pytest.mark.parametrize("value, recipients", [
    ("one@example.net; two@example.net", [ONE, TWO]),
    ("One <one@example.net>; Two <two@example.net>;", [ONE, TWO]),
    ("one@example.net two@example.net", [ONE, TWO]),
    ("<one@example.net> <two@example.net>", [ONE, TWO]),
    ("one@example.net\n\ttwo@example.net", [ONE, TWO]),
    ("undisclosed-recipients:;, one@example.net", [ONE]),
    ("undisclosed-recipients: ;\nBcc: one@example.net", [ONE]),
    ("Undisclosed recipients:;\nBcc: one@example.net", [ONE]),
    ("a: one@example.net; b:; c: two@example.net;", [ONE, TWO]),
    (",, one@example.net ,,", [ONE]),
])
def test_r15_separators_and_empty_groups(site, value, recipients):
    assert named(site, "-t", header=f"To: {value}\n") == recipients


# 16: quoted local parts stay quoted, to the wire.

QUOTED = ['"odd local"@example.net', '"a,b"@example.net',
          r'"a\"b"@example.net', r'"a\\b"@example.net', '"a@b"@example.net',
          '"a;b<c>"@example.net', '" "@example.net']


def test_r16_quoted_local_parts_as_words(site, relayed):
    relayed()
    [message] = sent(site, "-i", "--", *QUOTED)
    assert message.recipients == QUOTED


def test_r16_quoted_local_parts_in_the_header(site):
    header = f"To: {QUOTED[0]},\n {QUOTED[1]}\nCc: {', '.join(QUOTED[2:])}\n"
    assert named(site, "-t", header=header) == QUOTED


# 17: control characters in an address, from any source: 65, nothing sent.

CONTROLS = [chr(code) for code in (*range(1, 9), *range(10, 32), 127)]
INJECTION = "a@example.net{}RCPT TO:<evil@example.net>"


@pytest.mark.parametrize("form", ["a{}b@example.net", "<a@exa{}mple.net>"])
def test_r17_control_characters_in_a_word(site, form):
    for control in CONTROLS:
        refuse(site, ONE, form.format(control), status=DATAERR)


@pytest.mark.parametrize("ends", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("words", [[], ["-f"]])
def test_r17_no_command_is_injected(site, words, ends):
    refuse(site, *words, INJECTION.format(ends), *([ONE] if words else []),
           status=DATAERR)


@pytest.mark.parametrize("form", ["a{}b@example.com", '"a{}b"@example.com'])
def test_r17_control_characters_in_the_sender(site, form):
    for control in ("\x01", "\x0b", "\x1b", "\x7f"):
        refuse(site, "-f", form.format(control), ONE, status=DATAERR)


@pytest.mark.parametrize("field_name", ["To", "Bcc", "Resent-Cc"])
@pytest.mark.parametrize("control", [0, 1, 11, 27, 127])
def test_r17_control_characters_in_the_header(site, field_name, control):
    text = f"{field_name}: a{chr(control)}b@example.net\n\ntext\n"
    refuse(site, "-t", status=DATAERR, input=text.encode())


# 18: what is no address: 65, named in the message, nobody gets anything.

@pytest.mark.parametrize("address", ["a@", "@example.net", "-", "<>",
                                     "<a@example.net", "a@b@example.net"])
@pytest.mark.parametrize("others", [[], [ONE]])
def test_r18_a_malformed_word_refuses_the_message(site, address, others):
    refuse(site, "--", *others, address, status=DATAERR, pattern=address)


def test_r18_a_dash_alone(site):
    refuse(site, "-", status=DATAERR, pattern="'-'")


@pytest.mark.parametrize("address", ["a@", "@example.net", "<>"])
def test_r18_a_malformed_address_in_the_header(site, address):
    text = f"To: one@example.net\nCc: {address}, two@example.net\n\ntext\n"
    refuse(site, "-t", status=DATAERR, pattern=address, input=text.encode())


# 19: bare names get the domain; nothing is delivered or executed here.

@pytest.mark.parametrize("word, recipient", [
    ("root", "root@example.org"), ("nosuchuser", "nosuchuser@example.org"),
    ("Postmaster", "Postmaster@example.org"),
    ("root@localhost", "root@example.org"),
    ("root@LOCALHOST", "root@example.org"),
    ("Root <root>", "root@example.org"),
    ('"odd local"', '"odd local"@example.org'),
    ("host!user", "host!user@example.org"),
    ("user%host", "user%host@example.org"),
])
@pytest.mark.parametrize("in_header", [False, True])
def test_r19_bare_names_get_the_domain(site, word, recipient, in_header):
    if in_header:
        assert named(site, "-t", header=f"To: {word}\n") == [recipient]
    else:
        assert taken(site, word).recipients == [recipient]


def test_r19_the_bare_name_of_the_host_is_local(site):
    host = socket.gethostname().partition(".")[0]
    assert taken(site, f"root@{host}").recipients == ["root@example.org"]


@pytest.mark.parametrize("in_header", [False, True])
def test_r19_programs_files_and_lists_are_refused(site, in_header):
    trap = site.directory / "trap"
    listed = site.directory / "list"
    listed.write_text("victim@example.net\n")
    for word in (f"|/usr/bin/touch {trap}", f'"|/usr/bin/touch {trap}"',
                 "|cmd", f"{trap}", f":include:{listed}",
                 f'":include:{listed}"'):
        text = f"To: {word}\n\ntext\n".encode() if in_header else TEXT
        words = ["-t"] if in_header else ["--", word]
        refuse(site, *words, status=DATAERR, input=text)
        assert not trap.exists()


def test_r19_the_default_domain_is_that_of_mailname(site):
    mailname = pathlib.Path("/etc/mailname")
    if not mailname.exists() or not mailname.read_text().split():
        pytest.skip("this machine has no /etc/mailname")
    site.configure(domain=None)
    domain = mailname.read_text().split()[0]
    assert taken(site, "root").recipients == [f"root@{domain}"]


def test_r19_there_is_always_a_domain(site):
    site.configure(domain=None)
    entry = taken(site, "root")
    local, _, domain = entry.recipients[0].partition("@")
    assert local == "root" and domain
    assert entry.sender.partition("@")[2] == domain


# 20: aliases, and where root's mail goes; never a reason to refuse mail.

@pytest.mark.parametrize("word, recipients", [
    ("root", ["ops@example.com"]), ("ROOT", ["ops@example.com"]),
    ("root@localhost", ["ops@example.com"]), ("team", [ONE, TWO]),
    ("nested", [ONE, TWO, "ops@example.com"]), ("list", [TWO, THREE]),
    ("loop", ["loop@example.org"]), ("other", ["other@example.org"]),
    ("root@example.net", ["root@example.net"]),
    ("team,root", [ONE, TWO, "ops@example.com"])])
def test_r20_aliases_of_local_names(site, word, recipients):
    listed = site.directory / "list"
    listed.write_text("# members\ntwo@example.net\nthree@example.net\n")
    site.aliases.write_text(
        "# a comment\nroot: ops@example.com\nteam: one@example.net,\n"
        f"\ttwo@example.net\nnested: team, root\nlist: :include:{listed}\n"
        "loop: loop\n")
    assert taken(site, word).recipients == recipients


def test_r20_aliases_of_names_at_the_domain(site):
    site.aliases.write_text("root: ops@example.com\n")
    assert taken(site, "root@example.org").recipients == ["ops@example.com"]


def test_r20_aliases_of_names_in_the_header(site):
    site.aliases.write_text("root: ops@example.com\n")
    entry = taken(site, "-t", input=b"To: root\nCc: two@example.net\n\nx\n")
    assert entry.recipients == ["ops@example.com", TWO]
    assert field(entry.message, "to") == ["root@example.org"]


def test_r20_admin_gets_what_no_alias_takes(site):
    site.aliases.write_text("team: one@example.net\n")
    site.configure(admin="boss@example.com")
    entry = taken(site, "root", "team", THREE)
    assert entry.recipients == ["boss@example.com", ONE, THREE]


@pytest.mark.parametrize("text", [
    "root: |/usr/bin/touch {trap}\n", "root: {trap}\n",
    'root: "|/usr/bin/touch {trap}"\n'])
def test_r20_an_alias_runs_and_writes_nothing(site, text):
    trap = site.directory / "trap"
    site.aliases.write_text(text.format(trap=trap))
    site.sendmail("root")
    assert not trap.exists()


def test_r20_unreadable_aliases_refuse_no_mail(site):
    site.configure(aliases=site.directory)
    assert taken(site, "root").recipients == ["root@example.org"]


def test_r20_unreadable_aliases_are_logged(site, syslog):
    site.configure(aliases=site.directory)
    site.submit("root")
    assert [line for line in syslog() if str(site.directory) in line and
            "warning" in line]


def test_r20_aliases_without_permission_refuse_no_mail(site_of_nobody):
    site = site_of_nobody
    site.aliases.write_text("root: ops@example.com\n")
    site.aliases.chmod(0)
    assert taken(site, "root", **site.user).recipients == ["root@example.org"]


def test_r20_missing_aliases_refuse_no_mail(site):
    site.aliases.unlink()
    assert taken(site, "root").recipients == ["root@example.org"]


# 21: duplicates are exact after qualification, the domain without case.

@pytest.mark.parametrize("words, recipients", [
    ([ONE, ONE], [ONE]), ([ONE, "one@EXAMPLE.Net", f"<{ONE}>"], [ONE]),
    (["root", "root@example.org", "root@EXAMPLE.ORG", "root@localhost"],
     ["root@example.org"]),
    (["One@example.net", ONE], ["One@example.net", ONE]),
    (['"one"@example.net', ONE], [ONE]),
    ([f"{ONE},{TWO}", f"{TWO},{ONE}"], [ONE, TWO])])
def test_r21_each_recipient_once(site, words, recipients):
    assert taken(site, *words).recipients == recipients


# 22: no recipients: 64 and a message, with -t as well.

@pytest.mark.parametrize("arguments, text", [
    ([], TEXT), (["-i"], b"To: one@example.net\n\ntext\n"),
    (["-oi", "-f", "me@example.com"], TEXT), (["--"], TEXT),
    (["-t"], TEXT), (["-t"], b""), (["-t"], b"gone\n"),
    (["-t"], b"To:\nCc: \nBcc: ,\n\ntext\n"),
    (["-t"], b"To: undisclosed-recipients:;\n\ntext\n"),
    (["-t", ""], b"Subject: x\n\nTo: one@example.net\n")])
def test_r22_no_recipients(site, arguments, text):
    refuse(site, *arguments, status=USAGE, pattern="(?i)recipient",
           input=text)


# 23: any number of recipients; at most a hundred in one transaction.

def test_r23_as_many_as_the_kernel_takes(site):
    words = [f"user{number:05}@example.net" for number in range(20000)]
    assert taken(site, *words).recipients == words


def test_r23_transactions_of_a_hundred(site, relayed):
    relayed()
    words = [f"user{number}@example.net" for number in range(250)]
    messages = sent(site, *words)
    assert [name for message in messages for name in message.recipients] == \
        words
    assert max(len(message.recipients) for message in messages) <= 100


def test_r23_what_the_server_takes_not_at_once_it_takes_later(site, relayed):
    relayed(script={"rcpt": per_session(3, reply("452 4.5.3 too many"))})
    words = [f"user{number}@example.net" for number in range(5)]
    site.submit(*words)
    while site.flush()[0] != 0:
        assert len(site.host.sessions) < 10
    assert sorted(name for message in site.host.messages
                  for name in message.recipients) == words


# 24: UTF-8 in an address: SMTPUTF8 or a clear failure, never other bytes.

@pytest.mark.parametrize("address", ["jörg@example.net", "one@exämple.net"])
def test_r24_SMTPUTF8_is_asked_for_when_offered(site, relayed, address):
    relayed("SMTPUTF8")
    [message] = sent(site, "--", address)
    assert message.recipients == [address]
    assert "SMTPUTF8" in message.parameters


def test_r24_SMTPUTF8_for_the_sender(site, relayed):
    relayed("SMTPUTF8")
    [message] = sent(site, "-f", "jörg@example.com", ONE)
    assert message.sender == "jörg@example.com"
    assert "SMTPUTF8" in message.parameters


def test_r24_ascii_needs_no_SMTPUTF8(site, relayed):
    relayed("SMTPUTF8")
    sent(site, ONE)
    assert not any("SMTPUTF8" in line for line in mail_commands(site))


def test_r24_without_SMTPUTF8_only_that_recipient_fails(site, relayed):
    relayed()
    result = site.sendmail("jörg@example.net", ONE)
    if result.status:
        assert result.status == DATAERR
        assert site.spool.names() == []
        return
    site.flush()
    assert [message.recipients for message in site.host.messages
            if message.sender] == [[ONE]]
    assert not any("rg@" in line for line in rcpt_commands(site))
    assert site.spool.names("new", "cur") == []


def test_r24_a_bounce_or_a_kept_message_tells_of_it(site, relayed):
    relayed()
    result = site.sendmail("-f", "me@example.com", "jörg@example.net")
    if result.status == DATAERR:
        return
    site.flush()
    bounced = [m for m in site.host.messages if not m.sender]
    assert bounced or site.spool.names("failed")
