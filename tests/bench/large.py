"""A few large messages: the speed of one TLS stream, in constant memory."""

from network import wrong
from relaying import relay, side_by_side, wire

MB = 1e6
SLACK = 1.4         # what the smarthost's buffers may be larger than a message


def column(bench, way):
    o = bench.options
    count, size = o.large_messages, o.large_size
    letters = bench.letters(count, size)
    memory = int(count * size * SLACK / 2**20)
    limit = wire(bench, way, letters, count, memory=memory)
    onehop = relay(bench, way, letters, count, memory)
    speeds = [f["bytes"] / f["time"] / MB for f in (onehop, limit)]
    bad = wrong(onehop) + wrong(limit)
    return bad, [
        ("%d messages of %.0f MB" % (count, size / MB), "%g ms" % way.trip),
        ("MB/s, flusher's start to last acceptance", "%.0f" % speeds[0]),
        ("the same bytes in one TLS stream, MB/s", "%.0f" % speeds[1]),
        ("ratio", "%.2f" % (speeds[0] / (speeds[1] or 1))),
        ("  aim, at least", "1.00"),
        ("CPU, flusher and agents, s", "%.2f" % onehop["cpu"]),
        ("CPU, smarthost, s: onehop, the stream",
         "%.2f, %.2f" % (onehop["sink cpu"], limit["sink cpu"])),
        ("connections", "%.0f" % onehop["connections"]),
        ("RSS, largest agent, kB", "%.0f" % onehop["agent peak"]),
        ("RSS, sum at one time, kB", "%.0f" % onehop["rss"]),
        ("lost, doubled, damaged", bad)]


def bench_large(bench, ways):
    """Returns the rows and how many messages went wrong."""
    ends = [ways[0]] + ways[1:][-1:]
    columns = [column(bench, way) for way in ends]
    return (side_by_side([rows for _, rows in columns]),
            sum(bad for bad, _ in columns))
