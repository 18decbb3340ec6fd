"""What onehopctl check prints, taken apart, and its advice, followed."""

import dataclasses
import re

from harness import environment, run, wait_until

FINDING = re.compile(r"  (ok|note|warning|wrong) +(.*)")
SETTING = re.compile(r"(?:if .* )?in (\S+) write: (\S+) (.*)")


@dataclasses.dataclass
class Finding:
    kind: str
    what: str
    more: list      # why it matters, and what to do

    @property
    def remedy(self):
        return self.more[-1]


class Report:
    """What a check has printed."""

    def __init__(self, result):
        self.status = result.status
        self.text = result.stdout
        self.stderr = result.stderr
        self.findings = []
        for line in result.stdout.splitlines():
            found = FINDING.fullmatch(line)
            if found:
                self.findings.append(Finding(found[1], found[2], []))
            elif line.startswith(" " * 11):
                self.findings[-1].more.append(line.strip())

    def all(self, kind):
        return [each for each in self.findings if each.kind == kind]

    def only(self, kind, pattern):
        """The one finding of that kind with this pattern."""
        found = [each for each in self.all(kind)
                 if re.search(pattern, each.what)]
        assert len(found) == 1, self.text
        return found[0]


def running(site):
    flusher = site.flusher()
    submit = site.spool.path / "submit"
    wait_until(lambda: submit.exists() and submit.stat().st_mode & 0o666 ==
               0o666, "a flusher")
    return flusher


def write(site, programs, remedy, input=b""):
    """Does what a line says."""
    setting = SETTING.fullmatch(remedy)
    if setting:
        assert setting[1] == str(site.configuration)
        site.configure(**{setting[2]: setting[3]})
        return
    assert remedy.startswith("run: "), remedy
    result = run(["sh", "-c", remedy.removeprefix("run: ")], input,
                 env=environment(PATH=f"{programs}:/usr/sbin:/usr/bin:/bin"))
    assert result.status == 0, result.stderr
