"""sendmail against the least durable submission, in turns, on one disk."""

import os
import re
import shutil
import subprocess

from relaying import median, ratio
from setting import repeat

AIMS = {"time": "1.15", "cpu": "1.3", "calls": "40"}


def empty(directory):
    """So that every round begins with the same disk."""
    if os.path.isdir(directory):
        for name in os.listdir(directory):
            os.unlink(os.path.join(directory, name))
    os.sync()


class Contestant:
    """A command, and the directory that it fills."""

    def __init__(self, bench, name, command, fills):
        self.bench, self.name = bench, name
        self.command, self.fills = command, fills

    def run(self, count, width, given, first=0):
        before = self.there()
        figures = repeat(self.bench, count, width, self.command, given, first)
        gained = self.there() - before
        accepted = count - figures["failed"]
        figures["astray"] = figures["failed"] + abs(accepted - gained)
        return figures

    def there(self):
        return len(os.listdir(self.fills)) if os.path.isdir(self.fills) else 0

    def calls(self, given):
        """System calls of one run, exec to exit, or None without strace."""
        strace = shutil.which("strace")
        if not strace:
            return None
        out = self.bench.path("strace")
        with open(given, "rb") as text:
            subprocess.run([strace, "-f", "-o", out] + self.command,
                           stdin=text, check=True)
        with open(out) as f:
            return len(re.findall(r"(?m)^\d+ +\w+\(", f.read()))


def contestants(bench, spool, config):
    directory = bench.new_directory("least-")
    tmp, new = os.path.join(directory, "tmp"), os.path.join(directory, "new")
    os.mkdir(tmp)
    os.mkdir(new)
    return [Contestant(bench, "least durable",
                       [bench.helper("least"), tmp, new], new),
            Contestant(bench, "sendmail", bench.sendmail(config),
                       os.path.join(spool, "new"))]


def row(name, width, figures, base, calls):
    return [name, width, "%.0f" % (1 / median(figures, "time")),
            "%.3f" % (1e3 * median(figures, "time")),
            "%.2f" % ratio(figures, base, "time"),
            "%.3f" % (1e3 * median(figures, "cpu")),
            "%.2f" % ratio(figures, base, "cpu"),
            "%.0f" % median(figures, "rss"),
            "%.2f" % ratio(figures, base, "rss"), calls,
            sum(r["astray"] for r in figures)]


HEADING = ["submission", "at once", "msg/s", "ms", "ratio", "CPU ms",
           "ratio", "RSS kB", "ratio", "calls", "failed"]
LAST = ["  aim, at most", "", "", "", AIMS["time"], "", AIMS["cpu"], "", "",
        AIMS["calls"], "0"]


def unix_text(bench):
    """A message as programs write it, with LF."""
    letters = bench.letters(1, bench.options.size)
    with open(os.path.join(letters, "0")) as f:
        return bench.write("message", f.read())


def bench_submission(bench):
    """Returns the rows and how many submissions went wrong."""
    spool = bench.path("submit")
    config = bench.config("submit.conf", spool)
    text, rounds = unix_text(bench), {}
    programs = contestants(bench, spool, config)
    for _ in range(bench.options.rounds):
        for width in 1, 8:
            for p in programs:
                empty(p.fills)
                rounds.setdefault((width, p.name), []).append(
                    p.run(bench.options.messages, width, text))
    # Last, because the first submission of all makes the spool.
    calls = {p.name: p.calls(text) for p in programs}
    rows = [HEADING]
    for (width, name), figures in rounds.items():
        base = rounds[width, "least durable"]
        rows.append(row(name, width, figures, base, calls[name] or "-"))
    return rows + [LAST], sum(r[-1] for r in rows[1:])
