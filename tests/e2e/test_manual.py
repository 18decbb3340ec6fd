"""The manual pages say what is so: keywords, options, files, statuses."""

import re
import stat

import pytest

import usage
from harness import SOURCE, free_port, program, run, wait_until
from manual import PAGES, Page, plain

ALL = {name: Page(name) for name in PAGES}
CONFIGURATION = ALL["onehop.conf.5"]
SAMPLE = (SOURCE / "etc" / "onehop.conf").read_text()
UNIT = (SOURCE / "etc" / "onehop.service").read_text()
SHIPPED = {path.name for path in (SOURCE / "etc").rglob("*")}

# Where the sources of each program are, and the programs of each page.
PROGRAMS = {"mailq.1": "ctl", "newaliases.1": "sendmail",
            "onehop-flush.8": "flush", "onehop-smtp.8": "smtp",
            "onehopctl.8": "ctl", "sendmail.8": "sendmail"}
STATUSES = {"OK": 0, "USAGE": 64, "DATAERR": 65, "NOINPUT": 66, "NOUSER": 67,
            "NOHOST": 68, "UNAVAILABLE": 69, "SOFTWARE": 70, "OSERR": 71,
            "OSFILE": 72, "CANTCREAT": 73, "IOERR": 74, "TEMPFAIL": 75,
            "PROTOCOL": 76, "NOPERM": 77, "CONFIG": 78}


def source(*directories):
    return "\n".join(
        path.read_text() for directory in directories
        for path in sorted((SOURCE / "src" / directory).rglob("*.[ch]")))


EVERYTHING = source("")


def configuration(text, directory):
    """What "onehopctl config" makes of it: {keyword: value or None}."""
    path = directory / "onehop.conf"
    path.write_text(text)
    result = run([program("onehopctl"), "-C", str(path), "config"])
    assert (result.status, result.stderr) == (0, ""), text
    found = {}
    for line in result.stdout.splitlines():
        unset = re.fullmatch(r"# (\S+) is not set", line)
        keyword, _, value = line.partition(" ")
        found[unset[1] if unset else keyword] = None if unset else value
    return found


@pytest.fixture
def keywords(tmp_path):
    return configuration("", tmp_path)


def items(page):
    """The items of onehop.conf(5), by keyword; some share one."""
    found, shared, last = {}, [], None
    for line in page.lines:
        match = re.match(r"\.It Ic (\S+)", line)
        if match:
            if last is not None and last.startswith(".It Ic "):
                shared.append(match[1])
            else:
                shared = [match[1]]
        elif line.startswith(".Sh"):
            shared = []
        for keyword in shared:
            found.setdefault(keyword, []).append(line)
        last = line
    return found


# onehop.conf(5)

def test_every_keyword_is_in_the_page(keywords):
    assert len(keywords) > 30
    assert sorted(items(CONFIGURATION)) == sorted(keywords)


def test_every_keyword_has_an_example_that_loads(keywords, tmp_path):
    examples = {}
    for example in CONFIGURATION.examples():
        for line in example.splitlines():
            keyword, _, value = line.partition(" ")
            if keyword in keywords:
                examples.setdefault(keyword, value)
    assert sorted(examples) == sorted(keywords)
    pairs = {"tls-cert-file": "tls-key-file", "tls-key-file": "tls-cert-file"}
    for keyword, value in examples.items():
        text = f"{keyword} {value}\n"
        if keyword in pairs:
            text += f"{pairs[keyword]} {examples[pairs[keyword]]}\n"
        shown = configuration(text, tmp_path)[keyword]
        assert shown is not None and shown.startswith(value), keyword


def test_defaults_are_those_of_the_program(keywords):
    """Where a page gives a value, the program has it, and the reverse."""
    for keyword, lines in items(CONFIGURATION).items():
        text = " ".join(lines)
        match = re.search(r"Default: ?(?:\.(?:Cm|Pa) )?([^ ,;]+)", text)
        assert match, f"{keyword} has no default"
        said = match[1].rstrip(".")
        if keywords[keyword] is None:
            assert said in ("none", "no", "any", "all", "the", "those"), \
                keyword
        elif not said.startswith("/"):
            assert said == keywords[keyword] or \
                keywords[keyword] in text[match.start():], keyword


def test_the_sample_has_every_keyword(keywords, tmp_path):
    lines = re.findall(r"^#([a-z-]+ \S.*)$", SAMPLE, re.M)
    assert {line.split()[0] for line in lines} == set(keywords)
    for line in lines:
        if "HEX" not in line and not line.startswith("tls-cert-file") and \
                not line.startswith("tls-key-file"):
            configuration(line + "\n", tmp_path)


# Pages and programs

@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole(name):
    page = ALL[name]
    titles = list(page.sections)
    assert titles[0] == "NAME" and "SEE ALSO" in titles
    stem, _, section = name.rpartition(".")
    assert f".Dt {stem.upper()} {section}" in page.lines
    if name in PROGRAMS:
        assert {"SYNOPSIS", "FILES", "EXIT STATUS"} <= set(titles)
        assert "EXAMPLES" in titles or name == "onehop-smtp.8"
    assert f"man/{name}" in (SOURCE / "Makefile.am").read_text()


@pytest.mark.parametrize("name", PAGES)
def test_pages_that_are_named_exist(name):
    """All that a page names are in its SEE ALSO, which is in order."""
    page = ALL[name]
    ours = {(stem, section) for stem, _, section in
            (each.rpartition(".") for each in PAGES)}
    named = set(re.findall(r"\bXr (\S+) (\d)", "\n".join(page.lines)))
    for stem, section in named:
        if "onehop" in stem or stem in ("sendmail", "mailq", "newaliases"):
            assert (stem, section) in ours
    listed = re.findall(r"\bXr (\S+) (\d)",
                        "\n".join(page.sections["SEE ALSO"].lines))
    assert listed == sorted(listed, key=lambda each: (each[1], each[0]))
    stem, _, section = name.rpartition(".")
    assert (named & ours) - {(stem, section)} <= set(listed)


def synopsis(page):
    """The options that SYNOPSIS has, letters by themselves."""
    found = set()
    for line in page.sections["SYNOPSIS"].lines:
        for word in re.findall(r"\bFl ((?:\S+(?: \| )?)+)", line):
            for option in word.split(" | "):
                if option.startswith("-"):
                    found.add("-" + option)
                elif len(option) > 1 and name_of(page) != "sendmail":
                    found.update("-" + letter for letter in option)
                else:
                    found.add("-" + option)
    return found


def name_of(page):
    return page.name.rpartition(".")[0]


@pytest.mark.parametrize("name", ["onehop-flush.8", "onehop-smtp.8"])
def test_synopsis_and_help_have_the_same_options(name):
    page = ALL[name]
    said = run([program(name_of(page)), "--help"]).stdout
    groups = usage.options("\n".join(
        line for line in said.splitlines() if f" {name_of(page)} " in line))
    letters = {"-" + letter for group in groups for letter in group[1:]}
    assert synopsis(page) - {"--help", "--version"} == letters
    assert {"--help", "--version"} <= synopsis(page)


@pytest.mark.parametrize("name", PROGRAMS)
def test_help_and_version_are_in_the_synopsis(name):
    text = "\n".join(ALL[name].sections["SYNOPSIS"].lines)
    assert ".Fl -help | -version" in text


def test_every_verb_is_in_the_page_of_onehopctl():
    page = ALL["onehopctl.8"]
    verbs, named = usage.verbs(), set()
    for line in page.sections["SYNOPSIS"].lines:
        if line.startswith(".Cm "):     # a | b, or a followed by a word
            words = re.match(r"[a-z |]+", line[4:])[0].split(" | ")
            named.add(words[0].split()[0])
            named.update(words if " " not in words[0].strip() else ())
    assert {word.strip() for word in named} == set(verbs)
    body = "\n".join(page.sections["DESCRIPTION"].lines)
    for verb, rest in verbs.items():
        assert re.search(rf"^\.It Cm {verb}\b", body, re.M), verb
        for option in usage.options(rest):
            assert re.search(rf"(\bFl|,) {re.escape(option[1:])}(?!\w)",
                             body), f"{verb} {option}"


@pytest.mark.parametrize("name", PAGES)
def test_commands_that_are_named_exist(name, keywords):
    verbs = set(usage.verbs())
    for line in ALL[name].lines:
        for command, verb in re.findall(
                r"\.(?:Ic|Ql|Dl|Li) (onehopctl|sendmail|onehop-flush) (\S+)",
                line):
            if command == "onehopctl":
                assert verb in verbs, line
            elif verb.startswith("-"):
                assert verb[1] in "btfiqdCv", line
    if name != "sendmail.8":        # SMTP's are there
        for word in ALL[name].marked("Ic"):
            if re.fullmatch(r"[a-z][a-z-]*-[a-z-]+", word):
                assert word in keywords, word


@pytest.mark.parametrize("name", PROGRAMS)
def test_exit_statuses_are_those_of_the_program(name):
    page = ALL[name]
    text = "\n".join(page.sections["EXIT STATUS"].lines)
    said = {int(number) for number in re.findall(
        r"(?<![\d.,/-])(0|6[4-9]|7[0-8])(?!\d)", text)}
    if name == "sendmail.8":
        said -= {67, 78}            # of which it says that they never occur
    if name in ("mailq.1", "newaliases.1"):
        used = set()                # those that share its sources have more
    else:
        used = {STATUSES[word] for word in re.findall(
            r"\bEX_([A-Z]+)", source(PROGRAMS[name]))}
    possible = {STATUSES[word] for word in re.findall(
        r"\bEX_([A-Z]+)", source(PROGRAMS[name], "spool", "base"))}
    # That of mailq, and that of a helper, which its caller does not see.
    used -= {"onehopctl.8": {69}, "sendmail.8": {76}}.get(name, set())
    assert used - {0, 70} <= said       # 70 is for what cannot happen
    assert said <= possible | {0}


# What else is named

SAMPLES = {"/usr/local/sbin/mail-token", "/etc/onehop/token-request",
           "README", "own"}
OURS = {"/var/spool/onehop": "SPOOLDIR",
        "/etc/onehop/onehop.conf": '"/onehop/onehop.conf"',
        "/etc/onehop/password": '"/onehop/password"',
        "/etc/credstore/onehop.password":
            "\nLoadCredential=password:onehop.password\n",
        "password": '/password"'}


def spool_table():
    """What is in a spool and its mode, as onehop-spool(5) has it."""
    return {name.rstrip("/"): int(mode, 8) for name, mode in re.findall(
        r"^\.It ([a-z]+/?) Ta (0\d+) Ta ",
        "\n".join(ALL["onehop-spool.5"].lines), re.M)}


@pytest.mark.parametrize("name", PAGES)
def test_files_that_are_named_are_used(name):
    for path in ALL[name].marked("Pa"):
        path = path.rstrip("/")
        if path in SAMPLES or path.startswith(("$", "/etc/systemd/")):
            continue
        if path.startswith("/"):    # the system's, if it is not ours
            assert "onehop" not in path or \
                OURS[path] in EVERYTHING + UNIT, path
        else:
            assert path.partition(".")[0] in spool_table() or \
                OURS.get(path, f'"{path}"') in EVERYTHING or \
                path in SHIPPED or path == ".forward", path


def test_a_spool_is_as_its_page_says(site):
    site.configure(relay=f"smtp://127.0.0.1:{free_port()}", rate="30/1m")
    site.flusher()
    site.submit("one@example.net")
    wait_until((site.spool.path / "relay").exists, "the file relay")
    wait_until((site.spool.path / "submit").exists, "the socket submit")
    table = spool_table()
    found = {path.name: stat.S_IMODE(path.stat().st_mode)
             for path in site.spool.path.iterdir()}
    assert {"tmp", "new", "cur", "hold", "failed", "corrupt", "trigger",
            "submit", "relay"} <= set(found)
    assert found == {name: table[name] for name in found}


@pytest.mark.parametrize("name", PAGES)
def test_variables_that_are_named_are_read(name):
    for variable in ALL[name].marked("Ev"):
        # The first are those of which sendmail(8) says that they are not
        # read; OpenSSL says the names of the last.
        if variable in ("USER", "LOGNAME", "NAME", "HOME", "SSL_CERT_FILE",
                        "SSL_CERT_DIR"):
            continue
        assert f'"{variable}"' in EVERYTHING, variable


def quoted(line):
    """The texts of a line of the log, without what changes in them."""
    text = re.sub(r"\bAr \S+|(?<!\S)(?:\.It|Li|Ns|No)(?!\S)", "...",
                  plain(line))
    for piece in re.split(r"\.\.\.|[:,] | ,|\d+", text.replace('"', "")):
        piece = re.sub(r"^(it|and|sender|warning) | notification$", "",
                       piece.strip(" :"))
        if len(piece) > 7 and piece != "Permission denied":
            yield piece


@pytest.mark.parametrize("name, section", [("onehop-flush.8", "DESCRIPTION"),
                                           ("onehop-smtp.8", "DIAGNOSTICS")])
def test_texts_of_the_log_are_those_of_the_program(name, section):
    strings = re.sub(r"/\*.*?\*/", "", EVERYTHING, flags=re.S)
    strings = "\n".join(re.findall(r'"(.*)"', re.sub(
        r'"\s*\n\s*(?:PRI\w+\s*)?"', "", strings)))
    missing = [piece for line in ALL[name].sections[section].lines
               if line.startswith(".It Li ") for piece in quoted(line)
               if piece not in strings]
    assert missing == []
