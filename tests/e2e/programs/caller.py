"""A site with a smarthost, and the programs that call sendmail on it."""

import letter
from harness import Entry, environment, program, run


class Caller:
    """Runs callers; `wrapper` and `command` are the sendmail for them."""

    def __init__(self, site, host):
        self.site = site
        self.host = host
        self.directory = site.directory
        self.spool = site.spool
        self.command = f"{program('sendmail')} -C {site.configuration}"
        self.home = site.directory / "home"
        self.home.mkdir()
        self.wrapper = self.script(
            "sendmail", f'#!/bin/sh\nexec {self.command} "$@"\n')
        self.environment = environment(HOME=str(self.home), LC_ALL="C.UTF-8",
                                       EMAIL="me@example.com")

    def script(self, name, content):
        path = self.directory / name
        path.write_text(content)
        path.chmod(0o755)
        return path

    def run(self, command, **options):
        options.setdefault("env", self.environment)
        return run([str(word) for word in command], **options)

    def call(self, command, **options):
        """A caller that must succeed."""
        result = self.run(command, **options)
        assert result.status == 0, result
        return result

    def flush(self):
        status, log = self.site.flush()
        assert status == 0, log.text()

    def arrivals(self):
        """All that was in the spool, as the smarthost got it: unchanged."""
        stored = [Entry.read(path).message for path in self.spool.files("new")]
        self.flush()
        messages = self.host.messages
        assert sorted(each.data for each in messages) == sorted(stored)
        for message in messages:
            letter.check(message)
        return messages

    def arrived(self):
        [message] = self.arrivals()
        return message
