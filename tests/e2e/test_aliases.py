"""Where local recipients go: the aliases, admin, and neither (R14 to R21)."""

import os
import socket

import pytest

from harness import field, program, run

ONLY_ADDRESSES = ("mail goes to addresses only, not to programs, files or "
                  "lists")
HOST = socket.gethostname().partition(".")[0]


@pytest.fixture
def aliases(site):
    """Writes the aliases of the site; % stands for its directory."""
    path = site.directory / "aliases"
    site.configure(aliases=path)

    def write(text, mode=0o644):
        path.write_text(text.replace("%", str(site.directory)))
        path.chmod(mode)
        return path

    return write


def recipients(site, *words, **options):
    site.submit(*words, **options)
    return site.spool.entry("new").recipients


@pytest.mark.parametrize("text, recipient, expected", [
    ("root: joe@example.net\n", "root", ["joe@example.net"]),
    ("root: joe@example.net", "root", ["joe@example.net"]),
    ("ROOT : joe@example.net\n", "Root", ["joe@example.net"]),
    ("root:\tjoe@example.net,\n\tann@example.net # both\n", "root",
     ["joe@example.net", "ann@example.net"]),
    ("# root: no@example.net\n\nroot: \"Doe, Joe\" <joe@example.net>\n",
     "root", ["joe@example.net"]),
    ("\"odd name\": joe@example.net\n", "\"odd name\"", ["joe@example.net"]),
    # Nested, and each of them once.
    ("a: b, c\nb: d\nc: d, joe@example.net\nd: Joe@example.net\n", "a",
     ["Joe@example.net", "joe@example.net"]),
    ("a: b\nb: joe@example.net, joe@EXAMPLE.net\n", "a",
     ["joe@example.net"]),
    # Loops.
    ("root: root, joe@example.net\n", "root",
     ["root@example.org", "joe@example.net"]),
    ("a: b\nb: a, joe@example.net\n", "a",
     ["a@example.org", "joe@example.net"]),
    ("a: \\a\n", "a", ["a@example.org"]),
    ("a: \\b, joe@example.net\nb: c\n", "a",
     ["b@example.org", "joe@example.net"]),
    # What is local.
    ("root: joe@example.net\n", "root@localhost", ["joe@example.net"]),
    ("root: joe@example.net\n", "root@localhost.localdomain",
     ["joe@example.net"]),
    ("root: joe@example.net\n", f"root@{HOST}", ["joe@example.net"]),
    ("root: joe@example.net\n", f"root@{HOST.upper()}", ["joe@example.net"]),
    ("root: joe@example.net\n", "root@example.org", ["joe@example.net"]),
    ("root: joe@example.net\n", "ann@example.org", ["ann@example.org"]),
    ("root: joe@example.net\n", "root@example.com", ["root@example.com"]),
    # No alias.
    ("root: joe@example.net\n", "Nobody", ["Nobody@example.org"]),
    ("root: joe@example.net\n", "nobody@localhost", ["nobody@example.org"]),
    ("root: joe@example.net\n", f"nobody@{HOST}", ["nobody@example.org"]),
    # Details.
    ("joe: joe@example.net\n", "joe+lists", ["joe@example.net"]),
    ("joe: no@example.net\njoe+*: joe@example.net\n", "joe+lists",
     ["joe@example.net"]),
    ("joe+*: no@example.net\njoe+Lists: joe@example.net\n", "joe+lists",
     ["joe@example.net"]),
    # The names of mail itself are as any other.
    ("postmaster: root\nroot: joe@example.net\n", "Postmaster",
     ["joe@example.net"]),
    ("mailer-daemon: joe@example.net\n", "MAILER-DAEMON",
     ["joe@example.net"]),
    ("owner-list: ann@example.net\nlist: joe@example.net\n", "list",
     ["joe@example.net"]),
])
def test_where_mail_goes(site, aliases, text, recipient, expected):
    aliases(text)
    assert recipients(site, recipient) == expected


@pytest.mark.parametrize("recipient, sender, expected", [
    ("root@mail.example.com", "<>", ["joe@example.net", ""]),
    ("root@MAIL.example.com", "<>", ["joe@example.net", ""]),
    ("root@mail", "<>", ["joe@example.net", ""]),
    ("nobody@mail.example.com", "<>", ["nobody@mail.example.com", ""]),
    ("nobody@mail", "<>", ["nobody@example.org", ""]),
    ("root@example.com", "<>", ["root@example.com", ""]),
    ("ann@example.org", "web@mail.example.com",
     ["ann@example.org", "web@example.net"]),
    ("ann@example.org", "web@mail", ["ann@example.org",
                                     "web@example.net"]),
    ("ann@example.org", "web@other.example.com",
     ["ann@example.org", "web@other.example.com"])])
def test_the_full_name_of_the_host_is_local(site, aliases, root, recipient,
                                            sender, expected):
    """Its address stays as it is where there is no alias."""
    aliases("root: joe@example.net\n")
    senders = site.directory / "senders"
    senders.write_text("web web@example.net\n")
    site.configure(senders=senders)
    result = run(["unshare", "-u", "sh", "-c",
                  'hostname mail.example.com || exit 99; exec "$@"', "sh",
                  program("sendmail"), "-C", str(site.configuration),
                  "-f", sender, recipient])
    if "unshare" in result.stderr or result.status == 99:
        pytest.skip("needs a host name of its own")
    assert (result.status, result.stdout, result.stderr) == (0, "", "")
    entry = site.spool.entry("new")
    assert [*entry.recipients, entry.sender] == expected


@pytest.mark.parametrize("arguments, message", [
    (["root"], b"\n"),
    (["-t"], b"To: root\n\n"),
    (["-t"], b"Bcc: root@localhost\n\n"),
    (["-t", "root"], b"To: Joe <joe@example.net>\n\n"),
    (["joe@example.net,root"], b"\n")])
def test_every_way_in_leads_through_them(site, aliases, arguments, message):
    aliases("root: joe@example.net\n")
    assert recipients(site, *arguments, input=message) == ["joe@example.net"]


def test_the_header_keeps_the_name_and_the_bounce_its_sender(site, aliases):
    aliases("root: joe@example.net\n")
    site.submit("-t", "-f", "me@example.com", input=b"To: root\n\n")
    entry = site.spool.entry("new")
    assert entry.sender == "me@example.com"
    assert field(entry.message, "to") == ["root@example.org"]


@pytest.mark.parametrize("text, expected", [
    ("", ["admin@example.com"]),
    ("root: joe\n", ["admin@example.com"]),
    ("root: joe@example.net, ann\n",
     ["joe@example.net", "admin@example.com"]),
    ("root: |/bin/false\n", ["admin@example.com"]),
    ("root: root, joe@example.net\n",
     ["root@example.org", "joe@example.net"])])
def test_admin_gets_what_no_alias_matches(site, aliases, text, expected):
    aliases(text)
    site.configure(admin="admin@example.com")
    assert recipients(site, "root") == expected


def test_admin_gets_no_mail_of_others(site, aliases):
    aliases("")
    site.configure(admin="admin@example.com")
    words = ["joe@example.net", "joe@example.org"]
    assert recipients(site, *words) == words


def test_a_list_is_included(site, aliases, warnings):
    (site.directory / "my list").write_text(
        "# the team\njoe@example.net, Ann <ann@example.net>\n\n"
        "  root # of all\n\\team\nteam")
    aliases("team: \":include:%/my list\"\nroot: root@example.com\n")
    assert recipients(site, "team") == [
        "joe@example.net", "ann@example.net", "root@example.com",
        "team@example.org"]
    assert warnings() == []


def test_a_list_includes_no_list_and_runs_nothing(site, aliases, warnings):
    (site.directory / "secret").write_text("secret@example.net\n")
    (site.directory / "list").write_text(
        f":include:{site.directory}/secret\n"
        f"|touch {site.directory}/ran\n/{site.directory}/ran\n"
        "joe@example.net\n")
    aliases("team: :include:%/list\n")
    assert recipients(site, "team") == ["joe@example.net"]
    assert not (site.directory / "ran").exists()
    for line, text in ((1, "a list is not included from another"),
                       (2, ONLY_ADDRESSES), (3, ONLY_ADDRESSES)):
        told = [each for each in warnings()
                if each.startswith(f"{site.directory}/list:{line}: '")]
        assert len(told) == 1
        assert told[0].endswith(f"': {text}")


@pytest.mark.parametrize("text", [
    "list: :include:%/none\n", "list: :include:%\n", "list: :include:none\n",
    "list: :include:\n", "list: :include:%/fifo\n",
    "list: :include:/dev/zero\n"])
def test_a_list_that_cannot_be_read_loses_nothing(site, aliases, warnings,
                                                  text):
    os.mkfifo(site.directory / "fifo")
    path = aliases(text)
    assert recipients(site, "list") == ["list@example.org"]
    told = warnings()
    assert told[0].startswith(f"{path}:1: the list ")
    assert told[1:] == [
        f"{path}:1: 'list': the alias leads nowhere, and is not used"]


@pytest.mark.parametrize("target", [
    "|touch %/ran", "\"|touch %/ran\"", "|\"touch %/ran\"", "%/ran",
    "\"%/ran\"", "/dev/null"])
def test_programs_and_files_are_refused(site, aliases, warnings, target):
    path = aliases(f"# log\njoe: joe@example.net,\n\t{target}\n")
    assert recipients(site, "joe") == ["joe@example.net"]
    assert not (site.directory / "ran").exists()
    [told] = warnings()
    assert told.startswith(f"{path}:3: '")
    assert told.endswith(f"': {ONLY_ADDRESSES}")


def test_what_only_a_program_had_is_not_lost(site, aliases, warnings):
    path = aliases("team: joe, ann@example.net\njoe: \"|procmail\"\n")
    assert recipients(site, "team") == ["joe@example.org", "ann@example.net"]
    assert warnings() == [
        f"{path}:2: '|procmail': {ONLY_ADDRESSES}",
        f"{path}:2: 'joe': the alias leads nowhere, and is not used"]


def test_a_loop_is_told(site, aliases, warnings):
    path = aliases("a: b\nb: c\nc: a\n")
    assert recipients(site, "a") == ["a@example.org"]
    assert warnings() == [
        f"{path}:3: 'a': the alias leads back to itself"]


def test_bad_lines_are_told_and_the_rest_is_used(site, aliases, warnings):
    path = aliases("no colon\nroot: joe@example.net, a@, ann@example.net\n"
                   ": nobody\njoe@example.com: ann\nroot2: x\nroot2: y\n")
    assert recipients(site, "root") == ["joe@example.net", "ann@example.net"]
    assert warnings() == [
        f"{path}:1: there is no colon after the name",
        f"{path}:3: there is no name before the colon",
        f"{path}:4: aliases are for names without a domain",
        f"{path}:6: 'root2' stands in line 5 already; this one counts",
        f"{path}:2: 'a@': no domain after the @"]


def test_each_thing_is_told_once_for_a_message(site, aliases, warnings):
    path = aliases("joe: |a, joe@example.net\nann: joe\nno colon\n")
    site.submit("joe", "ann", "joe@localhost")
    assert warnings() == [
        f"{path}:3: there is no colon after the name",
        f"{path}:1: '|a': {ONLY_ADDRESSES}"]


def test_a_missing_file_is_told_when_it_is_needed(site, warnings):
    path = site.directory / "none"
    site.configure(aliases=path)
    assert recipients(site, "joe@example.net") == ["joe@example.net"]
    assert warnings() == []
    site.submit("root")
    assert warnings() == [
        f"{path}: cannot be read: No such file or directory"]


@pytest.mark.parametrize("text, expected", [
    (None, "root@example.org"), ("root: joe@example.net", "joe@example.net")])
def test_the_default_is_that_of_the_system(site, syslog, text, expected):
    """/etc/aliases, and nothing to tell if there is none."""
    command = "mount -t tmpfs none /etc || exit 99; "
    if text is not None:
        command += f"echo '{text}' >/etc/aliases; "
    site.configure(aliases=None)
    result = run(["unshare", "-m", "sh", "-c", command + 'exec "$@"', "sh",
                  program("sendmail"), "-C", str(site.configuration),
                  "-f", "me", "root"])
    if "unshare" in result.stderr or result.status == 99:
        pytest.skip("needs a mount namespace")
    assert (result.status, result.stdout, result.stderr) == (0, "", "")
    assert site.spool.entry("new").recipients == [expected]
    assert not any("/etc/aliases" in line for line in syslog())


def test_what_the_caller_may_not_read_is_not_read(open_directory, root):
    """sendmail has no more rights than its caller."""
    path = open_directory / "aliases"
    path.write_text("root: joe@example.net\n")
    path.chmod(0o600)
    configuration = open_directory / "onehop.conf"
    configuration.write_text(f"aliases {path}\ndomain example.org\n"
                             f"spool {open_directory}/spool\n")
    run([program("onehopctl"), "-C", str(configuration), "list"])
    for directory in ("new", "tmp"):
        (open_directory / "spool" / directory).chmod(0o3777)
    try:
        result = run([program("sendmail"), "-C", str(configuration), "root"],
                     user="nobody", group="nogroup", extra_groups=[],
                     cwd="/")
    except PermissionError:
        pytest.skip("the programs are out of reach for user nobody")
    assert (result.status, result.stdout, result.stderr) == (0, "", "")
    written = list((open_directory / "spool" / "new").iterdir())
    assert len(written) == 1
    assert b"<root@example.org>" in written[0].read_bytes()


def test_unreadable_aliases_refuse_no_mail(site, aliases, warnings):
    path = site.directory / "aliases"
    path.mkdir()
    assert recipients(site, "root", "joe@example.net") == [
        "root@example.org", "joe@example.net"]
    assert warnings() == [f"{path}: cannot be read: it is not a file"]


def test_a_flood_of_mistakes_does_not_flood_the_log(site, aliases, warnings):
    aliases("bad\n" * 10000 + "root: joe@example.net\n")
    assert recipients(site, "root") == ["joe@example.net"]
    assert len(warnings()) == 20


def test_many_aliases_and_many_recipients(site, aliases):
    aliases("".join(f"user{n}: user{n}@example.net\n"
                    for n in range(100000)))
    words = ",\n ".join(f"user{n}" for n in range(0, 100000, 10))
    assert recipients(site, "-t", input=f"Bcc: {words}\n\n".encode()) == [
        f"user{n}@example.net" for n in range(0, 100000, 10)]


def test_a_tower_of_aliases_ends(site, aliases, warnings):
    """Each name once, whatever number of ways lead to it."""
    aliases("".join(f"n{n}: n{n + 1}, n{n + 1}, j{n}@example.net\n"
                    for n in range(5000)))
    assert len(recipients(site, "n4990")) == 11
    assert warnings() == []
    site.submit("n0")
    [told] = warnings()
    assert told.endswith("'n50': aliases are nested too deep")


@pytest.mark.parametrize("word", [
    "|touch ran", "\"|touch ran\"", "/etc/passwd", ":include:/etc/passwd",
    "\":include:/etc/passwd\"", "-", "<>", "a@", "@b", "a\x01b", "a\r\nb"])
@pytest.mark.parametrize("in_header", [False, True])
def test_what_is_no_address_is_refused_whole(site, aliases, word, in_header):
    """R17, R18 and R19: nothing is sent, to the good ones neither."""
    aliases("root: joe@example.net\n")
    if in_header and "\n" in word:
        word = word.replace("\r\n", "\x0b")
    if in_header:
        result = site.sendmail(
            "-t", input=f"To: root\nCc: {word}\n\n".encode())
    else:
        result = site.sendmail("--", "root", word)
    assert result.status == 65
    assert result.stdout == ""
    assert result.stderr.startswith("sendmail: recipient '")
    assert result.stderr.count("\n") == 1
    assert site.spool.names() == []
