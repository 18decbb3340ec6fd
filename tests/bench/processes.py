"""A program that is measured, with all the processes that it starts."""

import os
import signal
import subprocess
import sys
import time

PATIENCE = 10       # seconds to stop in
TICK = os.sysconf("SC_CLK_TCK")


class Program:
    """A flusher, or a peer: CPU seconds, kilobytes."""

    def __init__(self, bench, command, way=None, env=None, log="log"):
        self.bench = bench
        self.most = self.rss = self.pss = 0
        self.cpu, self.peak = {}, {}
        with open(bench.path(log), "wb") as output:
            self.began = time.monotonic()
            if way:
                with way.near():
                    self.start(command, env, output)
            else:
                self.start(command, env, output)

    def start(self, command, env, output):
        self.process = self.bench.start(
            command, env=env, stdin=subprocess.DEVNULL, stdout=output,
            stderr=output)
        self.pid = self.process.pid

    def children(self):
        return children(self.pid)

    def look(self):
        """Sees what runs now."""
        rss = count = 0
        for pid in family(self.pid):
            try:
                status = read_status(pid)
                self.peak[pid] = status["VmHWM"]
                self.cpu[pid] = cpu(pid)
            except (OSError, KeyError):
                continue        # it has gone, or is going
            rss += status["VmRSS"]
            count += 1
        self.rss = max(self.rss, rss)
        self.most = max(self.most, count)

    def look_closely(self):
        """What the processes that run now have in memory, shared pages
        counted once.  This takes a while."""
        self.look()
        pss = sum(read_pss(pid) for pid in family(self.pid))
        self.pss = max(self.pss, pss)

    def stop(self):
        """Returns the CPU seconds of it and all that it waited for."""
        self.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE
        pid = 0
        while pid == 0:
            pid, status, used = os.wait4(self.pid, os.WNOHANG)
            if pid == 0 and time.monotonic() > deadline:
                print("bench: %s did not stop, killed" % self.process.args[0],
                      file=sys.stderr)
                self.process.kill()
                deadline += PATIENCE
            time.sleep(0.002)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.bench.ended(self.process)
        return used.ru_utime + used.ru_stime

    def figures(self):
        own = self.peak.get(self.pid, 0)
        others = [v for pid, v in self.peak.items() if pid != self.pid]
        return {"processes": self.most, "rss": self.rss, "pss": self.pss,
                "flusher peak": own, "agent peak": max(others, default=0),
                "sum peak": own + sum(others),
                "flusher cpu": self.cpu.get(self.pid, 0)}


def start_flusher(bench, config, way=None):
    env = dict(os.environ, ONEHOP_LIBEXECDIR=bench.options.build)
    return Program(bench, [bench.program("onehop-flush"), "-C", config], way,
                   env)


def show_log(bench):
    with open(bench.path("log"), errors="replace") as log:
        sys.stderr.write("".join(log.readlines()[-20:]))


def children(pid):
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
            return [int(word) for word in f.read().split()]
    except OSError:
        return []


def family(pid):
    return [pid] + [p for child in children(pid) for p in family(child)]


def read_status(pid):
    """The fields of /proc/PID/status that are one number."""
    fields = {}
    with open("/proc/%d/status" % pid) as f:
        for line in f:
            name, _, value = line.partition(":")
            first = value.split()[:1]
            if first and first[0].isdigit():
                fields[name] = int(first[0])
    return fields


def read_pss(pid):
    try:
        with open("/proc/%d/smaps_rollup" % pid) as f:
            return next(int(line.split()[1]) for line in f
                        if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return 0


def cpu(pid):
    with open("/proc/%d/schedstat" % pid) as f:
        return int(f.read().split()[0]) / 1e9


def cpu_with_children(pid):
    """With what its children used that it has waited for, to a tick."""
    with open("/proc/%d/stat" % pid) as f:
        words = f.read().rpartition(")")[2].split()
    return cpu(pid) + (int(words[13]) + int(words[14])) / TICK
