"""QUICK START of onehop(7), as far as it goes without an installation, and
that the README says the same."""

import re

from harness import BUILD, SOURCE, environment, field, run
from manual import Page

[INSTALL, LINES, PASSWORD, CHECK, RELOAD, SEND, WATCH] = (
    Page("onehop.7").sections["QUICK START"].examples())


def test_the_readme_says_the_same():
    readme = re.sub(r" {2,}\S.*", "", re.sub(
        r"^ +", "", (SOURCE / "README").read_text(), flags=re.M))
    for text in (INSTALL, LINES, PASSWORD, CHECK, RELOAD, SEND, WATCH):
        for line in text.splitlines():
            assert line.replace(" --since=-5m", "") in readme.splitlines()


def test_it_ends_with_a_message_that_arrived(site, smarthost):
    """With the lines of the page, but for where the smarthost is."""
    values = dict(line.split(" ", 1) for line in LINES.splitlines())
    host = smarthost(user=values["user"])
    assert values.pop("relay").startswith("smtps://")
    site.use(host, **values)
    site.flusher()
    shell = site.directory / "shell"
    shell.write_text("".join(
        f'{name}() {{ "{BUILD}/{name}" -C "{site.configuration}" "$@"; }}\n'
        for name in ("sendmail", "mailq", "onehopctl")))
    sent = run(["/bin/sh", "-ec", f". {shell}\n{SEND}"], env=environment())
    assert (sent.status, sent.stderr) == (0, "")
    queued = re.fullmatch(r"queued as (\w+)\n", sent.stdout)[1]
    site.flushers[0].log.wait_for(f"{queued}: removed")
    assert site.flushers[0].log.lines(f"{queued}: to=<{values['admin']}>, "
                                      ".* status=sent ")
    [message] = host.messages
    assert message.recipients == [values["admin"]]
    assert field(message.data, "subject") == ["test"]
    watched = run(["/bin/sh", "-ec", f". {shell}\n{WATCH.splitlines()[0]}"],
                  env=environment())
    assert (watched.status, watched.stdout) == (0, "Mail queue is empty\n")


def test_the_package_that_is_installed_has_this_version():
    version = re.search(r"AC_INIT\(\[onehop\], \[([^]]*)\]",
                        (SOURCE / "configure.ac").read_text())[1]
    assert INSTALL == f"apt install ./onehop_{version}_amd64.deb\n"
