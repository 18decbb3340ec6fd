"""From the exec of sendmail to the acceptance at the smarthost, on a system
where the flusher is idle and has no session; next to the limit program, which
connects and hands one message over."""

import shutil
import statistics
import sys
import time

from network import wrong
from processes import show_log, start_flusher
from relaying import side_by_side
from setting import queued, repeat

SETTLE = 0.2        # seconds in which an idle flusher does what is left to do
PATIENCE = 10       # seconds for one message
AIM = 15            # milliseconds

# Connecting, TLS 1.3, greeting, EHLO, AUTH, and half a round trip until the
# transaction is there.  STARTTLS comes after a greeting and an EHLO of its
# own, and there is no greeting after it.
NEEDED = {False: 5.5, True: 7.5}


def wait_until_idle(program):
    deadline = time.monotonic() + PATIENCE
    while program.children() and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(SETTLE)


def one_message(bench, config, smarthost, letters, number):
    """Returns the seconds, or None when it did not arrive."""
    began = repeat(bench, 1, 1, bench.sendmail(config), letters,
                   number)["began"]
    words = smarthost.said(PATIENCE)
    if not words or words[:2] != ["arrived", str(number)]:
        show_log(bench)
        return None
    return float(words[2]) - began


class Latency:
    """Samples over one way, with TLS from the start or after STARTTLS."""

    def __init__(self, bench, way, starttls):
        self.bench, self.way, self.starttls = bench, way, starttls
        self.count = bench.options.samples
        self.letters = bench.letters(self.count, bench.options.size)
        self.ledgers = []
        self.wire = [self.run_wire() for _ in range(self.count)]
        self.onehop = self.run_onehop()

    def run_wire(self):
        smarthost = self.way.smarthost(1, self.starttls)
        began = smarthost.limit(self.letters, 1)
        self.ledgers.append(smarthost.end())
        return self.ledgers[-1]["last"] - began

    def run_onehop(self):
        bench, spool = self.bench, self.bench.new_directory("latency-")
        smarthost = self.way.smarthost(self.count, self.starttls, each=True)
        config = bench.config("latency.conf", spool, smarthost.host,
                              smarthost.port, self.starttls,
                              ["idle-timeout 1s"])
        program, samples = start_flusher(bench, config, self.way), []
        time.sleep(SETTLE)
        for number in range(self.count):
            wait_until_idle(program)
            samples.append(one_message(bench, config, smarthost, self.letters,
                                       number))
        program.stop()
        self.ledgers.append(smarthost.end())
        if queued(spool):
            print("bench: a message is left in the queue", file=sys.stderr)
        shutil.rmtree(spool)
        return [s for s in samples if s is not None] or [float("nan")]

    def trips(self, seconds):
        return "%.2f" % (seconds / self.way.seconds) if self.way.trip else "-"

    def column(self):
        own = statistics.median(self.onehop)
        wire = statistics.median(self.wire)
        title = "%g ms" % self.way.trip
        return [
            ("latency", title + (", STARTTLS" if self.starttls else "")),
            ("exec of sendmail to acceptance, ms", "%.1f" % (1e3 * own)),
            ("  fastest and slowest", "%.1f-%.1f" % (
                1e3 * min(self.onehop), 1e3 * max(self.onehop))),
            ("the wire, from connecting to acceptance, ms",
             "%.1f" % (1e3 * wire)),
            ("difference, ms", "%.1f" % (1e3 * (own - wire))),
            ("  aim, at most", AIM),
            ("round trips from exec to acceptance", self.trips(own)),
            ("round trips of the wire", self.trips(wire)),
            ("round trips that the protocol needs",
             NEEDED[self.starttls] if self.way.trip else "-"),
            ("lost, doubled, damaged", "%d" % self.wrong())]

    def wrong(self):
        return sum(map(wrong, self.ledgers))


def bench_latency(bench, ways):
    """Returns the rows and how many messages went wrong."""
    ends = [ways[0]] + ways[1:][-1:]
    all_samples = [Latency(bench, way, starttls) for way in ends
                   for starttls in (False, True)]
    rows = side_by_side([samples.column() for samples in all_samples])
    return rows, sum(samples.wrong() for samples in all_samples)
