"""A queue of messages, from the start of the flusher to the last acceptance,
next to the limits that the wire sets to it."""

import shutil
import statistics
import time

from network import wrong
from processes import show_log, start_flusher
from setting import fill, is_empty, queued

SAMPLE = 0.05       # seconds between two looks at the processes
LINGER = 0.5        # seconds in which a message could still come twice
ONE_BY_ONE = 0.1    # part of the messages that are enough for that limit


def wait_for(deadline, program, done):
    while not done() and time.monotonic() < deadline:
        program.look()


def drain(bench, program, spool, smarthost):
    """Until the queue is empty and nothing can come any more."""
    wait_for(program.began + bench.options.timeout, program,
             lambda: smarthost.said(SAMPLE) or is_empty(spool)
             or program.process.poll() is not None)
    program.look_closely()
    wait_for(time.monotonic() + 10, program,
             lambda: is_empty(spool) or time.sleep(SAMPLE))
    time.sleep(LINGER)
    program.look()


def relay(bench, way, letters, count, memory=0):
    """One queue: what the sink and the processes say of it."""
    spool = bench.new_directory("relay-")
    smarthost = way.smarthost(count, bench.options.starttls, memory=memory)
    config = bench.config("relay.conf", spool, smarthost.host, smarthost.port,
                          smarthost.starttls)
    fill(bench, config, letters, count)
    program = start_flusher(bench, config, way)
    drain(bench, program, spool, smarthost)
    figures = relayed(program, smarthost)
    figures["left"] = queued(spool)
    if wrong(figures) or figures["left"]:
        show_log(bench)
    shutil.rmtree(spool)
    return figures


def relayed(program, smarthost):
    """Stops both and puts together what they say."""
    figures = program.figures()
    figures["cpu"] = program.stop()
    figures["agents cpu"] = figures["cpu"] - figures["flusher cpu"]
    seen = smarthost.end()
    figures["sink cpu"] = seen.pop("cpu")
    figures.update(seen)
    return timed(figures, program.began)


def timed(figures, began):
    arrived = figures["messages"] - figures["doubled"]
    figures["start"] = figures["first"] - began
    figures["time"] = figures["last"] - began
    figures["rate"] = arrived / figures["time"] if arrived else 0
    return figures


def wire(bench, way, letters, count, one=False, memory=0):
    """The limit program, to the same smarthost."""
    smarthost = way.smarthost(count, bench.options.starttls, memory=memory)
    began = smarthost.limit(letters, count, one)
    figures = smarthost.end()
    figures["sink cpu"] = figures.pop("cpu")
    return timed(figures, began)


def median(rounds, key):
    return statistics.median(r[key] for r in rounds)


def ratio(rounds, base, key):
    """The median of the ratios within each round."""
    return statistics.median(a[key] / max(b[key], 1e-9)
                             for a, b in zip(rounds, base))


class Rounds:
    """All that was measured over one way: lists of figures."""

    def __init__(self, bench, way):
        self.bench, self.way = bench, way
        self.count = bench.options.messages
        self.onehop, self.wire, self.one = [], [], []
        self.peers = {}

    def run(self):
        o = self.bench.options
        letters = self.bench.letters(self.count, o.size)
        few = max(int(self.count * ONE_BY_ONE), 1)
        self.onehop.append(relay(self.bench, self.way, letters, self.count))
        self.wire.append(wire(self.bench, self.way, letters, self.count))
        self.one.append(wire(self.bench, self.way, letters,
                             few if self.way.trip else self.count, True))
        for name, peer in self.bench.peers:
            self.peers.setdefault(name, []).append(
                peer(self.bench, self.way, letters, self.count))

    def wrong(self):
        return sum(map(wrong, self.onehop + self.wire + self.one +
                       sum(self.peers.values(), [])))

    def column(self):
        """A list of (label, text, target)."""
        return (self.rates() + self.sessions() + self.costs() +
                self.ledger() + self.others())

    def rates(self):
        trip = self.way.trip
        target = {0: "0.15", 20: "0.50", 50: "0.60"}.get(trip)
        slowest = min(r["rate"] for r in self.onehop)
        fastest = max(r["rate"] for r in self.onehop)
        return [
            ("relaying", "%g ms" % trip),
            ("round trips are made by", self.way.kind),
            ("msg/s, flusher's start to last acceptance",
             "%.0f" % median(self.onehop, "rate")),
            ("  slowest and fastest round", "%.0f-%.0f" % (slowest, fastest)),
            ("the wire: all by BDAT, pipelined, 1 connection, msg/s",
             "%.0f" % median(self.wire, "rate")),
            ("the wire, one message at a time, msg/s",
             "%.0f" % median(self.one, "rate")),
            ("ratio to the wire",
             "%.3f" % ratio(self.onehop, self.wire, "rate")),
            ("  aim, at least", target or "-"),
            ("ratio to one message at a time",
             "%.2f" % ratio(self.onehop, self.one, "rate"))]

    def sessions(self):
        return [
            ("start to first connection, ms",
             "%.1f" % (1e3 * median(self.onehop, "start"))),
            ("connections", "%.0f" % median(self.onehop, "connections")),
            ("  at one time", "%.0f" % median(self.onehop, "most")),
            ("processes at one time",
             "%.0f" % median(self.onehop, "processes"))]

    def costs(self):
        rows = []
        for label, name in (("flusher", "flusher cpu"),
                            ("agents", "agents cpu"), ("both", "cpu"),
                            ("(smarthost)", "sink cpu")):
            each = 1e3 * median(self.onehop, name) / self.count
            rows.append(("CPU, %s, ms per message" % label, "%.3f" % each))
        rows.insert(3, ("  aim, at most", "0.150"))
        for label, name in (("flusher", "flusher peak"),
                            ("largest agent", "agent peak"),
                            ("sum of the peaks", "sum peak"),
                            ("sum at one time", "rss")):
            rows.append(("RSS, %s, kB" % label,
                         "%.0f" % median(self.onehop, name)))
        rows.append(("  aim, at most", "25000"))
        rows.append(("shared pages counted once (PSS), sum, kB",
                     "%.0f" % median(self.onehop, "pss")))
        return rows

    def ledger(self):
        return [(name + ": onehop, the wire", "%.0f, %.0f" % (
            sum(r[name] for r in self.onehop),
            sum(r[name] for r in self.wire + self.one)))
            for name in ("lost", "doubled", "damaged")]


    def others(self):
        rows = []
        for name, rounds in self.peers.items():
            rows += [
                (name + ", msg/s", "%.0f" % median(rounds, "rate")),
                ("  connections at one time", "%.0f" % median(rounds, "most")),
                ("  processes at one time",
                 "%.0f" % median(rounds, "processes")),
                ("  RSS, sum at one time, kB",
                 "%.0f" % median(rounds, "rss")),
                ("  CPU, ms per message",
                 "%.3f" % (1e3 * median(rounds, "cpu") / self.count)),
                ("  lost, doubled, damaged", sum(map(wrong, rounds)))]
        return rows


def side_by_side(columns):
    """Columns of (label, text) as rows of a table."""
    return [[cells[0][0]] + [text for _, text in cells]
            for cells in zip(*columns)]


def bench_relaying(bench, ways):
    """Returns the rows and how many messages went wrong."""
    all_rounds = [Rounds(bench, way) for way in ways]
    for _ in range(bench.options.rounds):
        for rounds in all_rounds:
            rounds.run()
    rows = side_by_side([rounds.column() for rounds in all_rounds])
    return rows, sum(rounds.wrong() for rounds in all_rounds)
