"""Which sender the smarthost sees, and what onehopctl rewrite says."""

import pytest

from harness import field

TABLE = """\
# Who may say what
www-data	web@example.com	# scripts
cron-*		cron@example.com
*@shop.example	shop@example.com
@old.example	new@example.com
Joe@Example.NET	joe@example.com
"""


@pytest.fixture
def senders(site):
    path = site.directory / "senders"
    site.configure(senders=path)

    def write(text=TABLE):
        path.write_text(text)
        return path

    return write


def sender(site, *arguments):
    site.submit(*arguments, "one@example.net")
    return site.spool.entry("new").sender


@pytest.mark.parametrize("given, expected", [
    ("www-data", "web@example.com"),
    ("WWW-Data", "web@example.com"),
    ("www-data@localhost", "web@example.com"),
    ("www-data@example.org", "web@example.com"),
    ("www-data@example.net", "www-data@example.net"),
    ("cron-daily", "cron@example.com"),
    ("cron", "cron@example.org"),
    ("any@shop.example", "shop@example.com"),
    ("any@SHOP.example", "shop@example.com"),
    ("any@old.example", "new@example.com"),
    ("any@very.old.example", "any@very.old.example"),
    ("Joe Doe <joe@example.net>", "joe@example.com"),
    ("<>", ""),
    ("", "")])
def test_the_table_of_senders(site, senders, given, expected):
    senders()
    assert sender(site, "-f", given) == expected


def test_the_first_that_matches_counts(site, senders):
    senders("a@example.net first@example.com\n*@example.net "
            "second@example.com\n* third@example.com\n")
    assert sender(site, "-f", "a@example.net") == "first@example.com"
    for given, expected in (("b@example.net", "second@example.com"),
                            ("b@example.com", "third@example.com"),
                            ("root", "third@example.com")):
        result = site.ctl("rewrite", given)
        assert result.stdout.splitlines()[-1] == f"    -> {expected}"


def test_who_calls_is_a_sender_as_well(site, senders):
    senders("*@example.org caller@example.com\n")
    assert sender(site) == "caller@example.com"


@pytest.mark.parametrize("given, expected", [
    ("a@example.net", "all@example.com"), ("root", "all@example.com"),
    ("www-data", "web@example.com"), ("<>", ""), ("", "")])
def test_envelope_from_is_for_the_others(site, senders, given, expected):
    senders()
    site.configure(envelope_from="all@example.com")
    assert sender(site, "-f", given) == expected


def test_envelope_from_alone(site):
    site.configure(envelope_from="all@example.com")
    assert sender(site) == "all@example.com"


@pytest.mark.parametrize("given", ["a@", "a@b c@d", "a\x01@b", "<a@b"])
def test_a_malformed_sender_is_refused_nevertheless(site, given):
    site.configure(envelope_from="all@example.com")
    result = site.sendmail("-f", given, "one@example.net")
    assert result.status == 65
    assert site.spool.names() == []


def test_mistakes_are_told_and_passed_over(site, senders, warnings):
    path = senders("www-data\n* nodomain\na b@example.com c\n"
                   "www-data web@example.com\n")
    assert sender(site, "-f", "www-data") == "web@example.com"
    told = warnings()
    assert [line.split(";")[0] for line in told] == [
        f"{path}:1: 'www-data': no address after the pattern",
        f"{path}:2: '*': no domain",
        f"{path}:3: 'a': more than a pattern and an address"]
    for line in told:
        assert line.endswith("; a line is a pattern and an address, such as "
                             "'www-data web@example.com'")


@pytest.mark.parametrize("make, reason", [
    (lambda path: None, "No such file or directory"),
    (lambda path: path.mkdir(), "it is not a file")])
def test_a_table_that_cannot_be_read_refuses_no_mail(site, warnings, make,
                                                     reason):
    path = site.directory / "senders"
    make(path)
    site.configure(senders=path, envelope_from="all@example.com")
    assert sender(site, "-f", "a@example.net") == "all@example.com"
    assert warnings() == [f"{path}: cannot be read: {reason}"]


def test_rewrite_says_what_and_why(site, senders):
    senders()
    aliases = site.directory / "aliases"
    aliases.write_text("root: www-data, joe@example.net,\n |procmail\n")
    site.configure(aliases=aliases, admin="admin@example.com")
    result = site.ctl("rewrite", "Root", "www-data@localhost")
    assert result.status == 0
    assert result.stdout == f"""\
'Root' as recipient:
    Root is local, and has an alias in {aliases}:1
      www-data is local, and has no alias
      www-data goes to admin, admin@example.com
      joe@example.net is not local
      '|procmail' in {aliases}:2 is refused: mail goes to addresses only, \
not to programs, files or lists
    -> admin@example.com
    -> joe@example.net
'Root' as sender:
    Root gets the domain: Root@example.org
    nothing replaces Root@example.org
    -> Root@example.org
'www-data@localhost' as recipient:
    www-data@localhost is local, and has no alias
    www-data@localhost goes to admin, admin@example.com
    -> admin@example.com
'www-data@localhost' as sender:
    www-data@localhost gets the domain: www-data@example.org
    www-data@example.org matches 'www-data' in {site.directory}/senders:2
    -> web@example.com
"""
    assert result.stderr == (
        f"onehopctl: {aliases}:2: '|procmail': mail goes to addresses only, "
        "not to programs, files or lists\n")


def test_rewrite_agrees_with_sendmail(site, senders):
    senders()
    aliases = site.directory / "aliases"
    aliases.write_text("a: b, c@example.net, b\nb: \\b, d@example.net\n")
    site.configure(aliases=aliases)
    result = site.ctl("rewrite", "a")
    site.submit("-f", "a", "a")
    entry = site.spool.entry("new")
    arrows = [line.split("-> ")[1] for line in result.stdout.splitlines()
              if line.startswith("    -> ")]
    assert arrows == [*entry.recipients, entry.sender]


@pytest.mark.parametrize("word, reason", [
    ("a@", "no domain after the @"), ("|cmd", "mail goes to addresses only"),
    (":include:/x", "misplaced colon"), ("a\x01b", "control character")])
def test_rewrite_refuses_what_is_malformed(site, word, reason):
    result = site.ctl("rewrite", word, "good@example.net")
    assert result.status == 65
    shown = word.replace("\x01", "?")
    assert f"    '{shown}' is refused: {reason}" in result.stdout
    assert result.stdout.endswith("-> good@example.net\n")


def test_rewrite_needs_an_address(site):
    assert site.ctl("rewrite").status == 64


def test_the_header_is_not_the_envelope(site):
    site.configure(envelope_from="all@example.com")
    site.submit("-f", "a@example.net", "one@example.net",
                input=b"From: a@example.net\n\n")
    entry = site.spool.entry("new")
    assert field(entry.message, "from") == ["a@example.net"]
