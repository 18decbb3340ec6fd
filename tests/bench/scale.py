"""A long queue: what it costs to have it, to come to the first message, and to
look at it."""

import contextlib
import os
import shutil
import socket
import subprocess
import time

from network import wrong
from processes import (cpu_with_children, family, read_status, show_log,
                       start_flusher)
from relaying import drain, median, ratio, relayed
from setting import copy_queued, queued, repeat
from submission import contestants, unix_text

SETTLE = 5          # seconds after the start with a smarthost that is down
IDLE = 5            # seconds of doing nothing
SUBMISSIONS = 20    # of each of both programs
TURNS = 5
PART = 10           # of the queue, in a shorter one to compare it with
LOOKS = {"mailq": ["mailq"], "onehopctl list": ["onehopctl", "list"],
         "onehopctl metrics": ["onehopctl", "metrics"]}
LEAST = "find and cat"


def closed_port():
    with contextlib.closing(socket.socket()) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wake_ups(program):
    """How often it and its children had to wait for something."""
    count = 0
    for pid in family(program.pid):
        with contextlib.suppress(OSError):
            count += read_status(pid)["voluntary_ctxt_switches"]
    return count


class Watch:
    """What a program uses from now on."""

    def __init__(self, program):
        self.program = program
        self.cpu = cpu_with_children(program.pid)
        self.woken = wake_ups(program)

    def used(self):
        return (cpu_with_children(self.program.pid) - self.cpu,
                max(wake_ups(self.program) - self.woken, 0))


def idle(bench):
    """An empty queue: RSS, CPU and wake-ups, and what looks at it take."""
    spool = bench.new_directory("idle-")
    config = bench.config("idle.conf", spool, port=closed_port())
    program = start_flusher(bench, config)
    time.sleep(1)
    watch = Watch(program)
    time.sleep(IDLE)
    used = watch.used()
    rss = read_status(program.pid)["VmRSS"]
    looks = look(bench, spool, config)
    program.stop()
    return rss, used, looks


def deliver(bench, way, count):
    """The whole queue; what the sink and the processes say of it."""
    spool = bench.new_directory("long-")
    smarthost = way.smarthost(count, bench.options.starttls)
    config = bench.config("long.conf", spool, smarthost.host, smarthost.port,
                          smarthost.starttls)
    copy_queued(bench, config, spool, count, bench.options.size)
    program = start_flusher(bench, config, way)
    drain(bench, program, spool, smarthost)
    figures = relayed(program, smarthost)
    if wrong(figures):
        show_log(bench)
    shutil.rmtree(spool)
    return figures


def list_queue(bench, config):
    """Seconds to the first line of mailq, and to the last; lines."""
    command = [bench.program("mailq"), "-C", config]
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as mailq:
        mailq.stdout.readline()
        first = time.monotonic()
        lines = 1 + sum(1 for _ in mailq.stdout)
    return first - began, time.monotonic() - began, lines


def look(bench, spool, config):
    """Each program that looks at the queue, and the least that reads all of
    it, in turns: a dictionary of lists of figures."""
    commands = {name: [bench.program(program), "-C", config, *verb]
                for name, (program, *verb) in LOOKS.items()}
    commands[LEAST] = ["find", spool + "/new", spool + "/cur", "-type", "f",
                       "-exec", "cat", "{}", "+"]
    rounds = {name: [] for name in commands}
    for _ in range(TURNS):
        for name, command in commands.items():
            rounds[name].append(repeat(
                bench, 1, 1,
                ["/bin/sh", "-c", 'exec "$@" >/dev/null', "sh", *command],
                "/dev/null"))
    return rounds


def submit(bench, spool, config):
    """Milliseconds, the ratio to the least durable, and how many failed."""
    text, rounds = unix_text(bench), {}
    programs = contestants(bench, spool, config)
    for _ in range(TURNS):
        for p in programs:
            rounds.setdefault(p.name, []).append(p.run(SUBMISSIONS, 1, text))
    ours, least = rounds["sendmail"], rounds["least durable"]
    return (1e3 * median(ours, "time"), ratio(ours, least, "time"),
            sum(r["failed"] for r in ours + least))


def down(bench, count, seconds):
    """A smarthost that does not answer: a dictionary of figures."""
    spool = bench.new_directory("down-")
    config = bench.config("down.conf", spool, port=closed_port())
    if count:
        copy_queued(bench, config, spool, count, bench.options.size)
    program = start_flusher(bench, config)
    time.sleep(SETTLE)
    figures = {"start cpu": cpu_with_children(program.pid)}
    watch = Watch(program)
    time.sleep(seconds)
    figures["cpu"], figures["woken"] = watch.used()
    figures["rss"] = read_status(program.pid)["VmRSS"]
    figures["mailq"] = list_queue(bench, config)
    figures["looks"] = look(bench, spool, config)
    before = queued(spool)
    figures["submit"] = submit(bench, spool, config)
    figures["there"] = before
    program.stop()
    shutil.rmtree(spool)
    return figures


def empty_submission(bench):
    spool = bench.new_directory("short-")
    config = bench.config("short.conf", spool)
    text = unix_text(bench)
    subprocess.run(bench.sendmail(config), stdin=open(text, "rb"), check=True)
    return submit(bench, spool, config)


def failed(looks):
    return sum(r["failed"] for rounds in looks.values() for r in rounds)


def per_message(kilobytes, base, count):
    return "%.0f" % max(1024 * (kilobytes - base) / count, 0)


def rows_of_looks(count, empty, long):
    """For each program, the time, its ratio to the least, and memory."""
    rows = [[LEAST + ", all messages, s",
             "%.2f" % median(long[LEAST], "time")]]
    for name in LOOKS:
        rows += [
            [name + ", s", "%.2f" % median(long[name], "time")],
            ["  ratio to %s" % LEAST,
             "%.2f" % ratio(long[name], long[LEAST], "time"), "1.00"],
            ["  bytes per queued message",
             per_message(median(long[name], "rss"),
                         median(empty[name], "rss"), count), "100"]]
    return rows


def rows_of(bench, quiet, short, sent, late, alone):
    count, seconds = bench.options.queued, bench.options.down
    rss, (cpu, woken), empty = quiet
    mailq, submission = late["mailq"], late["submit"]
    return [
        ["a queue of %d messages" % count, "", "aim"],
        ["flusher's start to the first acceptance, s",
         "%.2f" % (sent["accepted"] - sent["last"] + sent["time"]), "1.00"],
        ["msg/s, flusher's start to last acceptance", "%.0f" % sent["rate"]],
        ["  time per message, ratio to a queue of %d" % (count // PART),
         "%.2f" % (short["rate"] / max(sent["rate"], 1e-9)), "1.25"],
        ["RSS, flusher, with an empty queue, kB", rss],
        ["RSS, flusher, smarthost down, kB", late["rss"]],
        ["  bytes per queued message",
         per_message(late["rss"], rss, count), "100"],
        ["peak RSS, flusher, while it is relayed, kB",
         "%.0f" % sent["flusher peak"]],
        ["  bytes per queued message",
         per_message(sent["flusher peak"], rss, count), "100"],
        ["RSS, sum at one time, while it is relayed, kB",
         "%.0f" % sent["rss"], "25000"],
        ["mailq, to the first line, ms", "%.1f" % (1e3 * mailq[0])],
        ["mailq, to the last line, s", "%.2f" % mailq[1]],
        ["  ratio of the first to the last", "%.2f" % (mailq[0] / mailq[1]),
         "0.25"],
        ["  lines", mailq[2]],
        *rows_of_looks(count, empty, late["looks"]),
        ["submission with this queue, ms", "%.3f" % submission[0]],
        ["  ratio to the least durable", "%.2f" % submission[1], "1.15"],
        ["  the same ratio with an empty queue and no flusher",
         "%.2f" % alone[1]],
        ["CPU in the first %d s, smarthost down, s" % SETTLE,
         "%.3f" % late["start cpu"]],
        ["CPU in the %g s after that, s" % seconds, "%.3f" % late["cpu"],
         "0.050"],
        ["  wake-ups", late["woken"]],
        ["CPU in %d s, nothing queued, s" % IDLE, "%.3f" % cpu, "0.000"],
        ["  wake-ups", woken, "0"],
        ["lost, doubled, damaged; failed", "%d; %d" % (
            wrong(short) + wrong(sent), submission[2] + alone[2] +
            failed(late["looks"]) + failed(empty))]]


def bench_scale(bench, way):
    """Returns the rows and how many messages went wrong."""
    count = bench.options.queued
    quiet = idle(bench)
    alone = empty_submission(bench)
    late = down(bench, count, bench.options.down)
    short = deliver(bench, way, count // PART)
    sent = deliver(bench, way, count)
    missing = count - late["there"]
    bad = (wrong(short) + wrong(sent) + missing + late["submit"][2] +
           alone[2] + failed(late["looks"]) + failed(quiet[2]))
    return rows_of(bench, quiet, short, sent, late, alone), bad
