"""A site with some mail, and a smarthost that does one thing wrong."""

import re
import time

import harness
import hostile
from harness import PASSWORD, USER
from hostile import ANY, DEFERRED, DOUBTFUL, FAILED, RELAY, USUAL
from smarthost import Smarthost
from wiretap import Wiretap, are_records, shows, spilled, traces

# The largest agent has one megabyte of its own.
DATA_MAX = ["sh", "-c", 'ulimit -d 8192 && exec "$@"', "sh"]
LATEST = 10 * hostile.DEADLINE
SECRETS = traces(PASSWORD)
DEAD = "onehop-smtp (died|exited)|: memory|bytes in memory"
HARMLESS = re.compile(rb"(?:(?:EHLO|HELO) [^\r\n]+\r\n|STARTTLS\r\n|QUIT\r\n)*")
RECIPIENTS = [["a@example.net", "b@example.net"], ["c@example.net"],
              ["d@example.net", "e@example.net"], ["f@example.net"],
              ["g@example.net"]]
SENDERS = ["x@example.org", "x@example.org", "y@example.org",
           "y@example.org", "x@example.org"]
LONG = 300_000
# In one attempt at most, when each session is lost with a message.
SESSIONS = len(RECIPIENTS)


class Cell:
    """One fault at one step of one dialogue; complaints says what was
    wrong."""

    def __init__(self, wire, step, fault, always=False):
        self.name = f"{fault} at {step} ({wire})" + always * ", always"
        self.wire = hostile.WIRES[wire]
        self.step = hostile.STEPS[step]
        self.fault = fault
        self.script = hostile.Sabotage(self.wire, self.step, fault, always)
        self.follows = hostile.follows(self.step, fault, self.wire)
        self.complaints = []

    def complain(self, text):
        self.complaints.append(text)

    def require(self, condition, text):
        if not condition:
            self.complain(text)

    def run(self, directory, certificates):
        directory.mkdir()
        self.host = Smarthost(
            self.wire.tls, certificate=certificates.good, user=USER,
            password=PASSWORD, keywords=self.wire.keywords,
            mechanisms=self.step.mechanism, channel=Wiretap,
            auth_early=True)
        self.host.script = self.script
        self.site = harness.Site(directory, certificates)
        try:
            with self.host:
                self.live()
                self.site.close()
        except Exception as error:
            self.complain(f"{type(error).__name__}: {error}")
        finally:
            for flusher in self.site.flushers:
                if flusher.status is None:
                    flusher.kill()
        if self.complaints:
            self.complain("the log:\n" + self.log())
        return self

    def live(self):
        self.site.use(self.host, timeout=f"{hostile.DEADLINE}s",
                      connections=1, retry_min="5m")
        self.submit()
        began = time.monotonic()
        status = self.flush()
        self.require(time.monotonic() - began < LATEST, "it hung")
        self.require(len(self.host.sessions) <= SESSIONS,
                     f"{len(self.host.sessions)} sessions")
        self.require(self.script.done, "nothing happened at that step")
        self.check_first(status)
        if self.script.always:
            self.flush()
        self.script.over = True
        for _ in range(4):
            if self.flush() == 0:
                break
        self.check_end()
        self.check_wire()
        self.check_secrets()

    def submit(self):
        for number, recipients in enumerate(RECIPIENTS):
            text = b"Subject: %d\n\n.text\n" % number
            if self.step.script == "content":
                text += b"x" * 63 + b"\n"
                text += (b"y" * 63 + b"\n") * (LONG // 64)
            self.site.submit("-f", SENDERS[number], *recipients, input=text)
        self.entries = {
            path.name: harness.Entry.read(path)
            for path in self.site.spool.files("new")}

    def flush(self):
        prefix = [] if harness.sanitized() else DATA_MAX
        return self.site.flusher("-q", prefix=prefix).wait()

    def log(self, number=None):
        flushers = self.site.flushers
        return "".join(flusher.log.text() for flusher in (
            flushers if number is None else [flushers[number]]))

    def settled(self, status, log):
        """The recipients that had this status, with their messages; those
        of notifications are not among them."""
        found = re.findall(rf"(\w+): to=<(.*?)>,.* status={status} \(", log)
        return [each for each in found if each[0] in self.entries]

    def check_first(self, status):
        """What the first attempt has led to."""
        log = self.log(0)
        sent, deferred, bounced = (
            self.settled(name, log) for name in ("sent", "deferred",
                                                 "bounced"))
        doubtful = set(re.findall(r"(\w+): possible duplicate: ", log))
        certain = [each for each in deferred if each[0] not in doubtful]
        if doubtful:
            self.require(hostile.may_doubt(self.step, self.wire),
                         "doubts without reason")
        if self.step.refused:
            self.require({to for _, to in bounced} ==
                         set(self.script.refused), f"bounced: {bounced}")
        elif self.follows != FAILED:
            self.require(not bounced, f"bounced: {bounced}")
        if self.follows == USUAL:
            self.require(status == 0 and not deferred, "not as usual")
        elif self.follows == RELAY:
            self.require(self.may_be_left_out(certain),
                         f"deferred: {certain}")
            self.require(status == 0 or doubtful or certain or
                         "cannot send: " in log, "it is not said why")
        elif self.follows == DEFERRED:
            self.check_concerned(certain)
        elif self.follows == FAILED:
            self.check_concerned(bounced)
        elif self.follows == DOUBTFUL:
            self.require(doubtful and not certain, "no possible duplicate")
        if self.follows in (USUAL, DEFERRED, FAILED):
            settled = len(sent) + len(deferred) + len(bounced)
            self.require(settled == sum(map(len, RECIPIENTS)),
                         "other mail did not go on")

    def may_be_left_out(self, settled):
        """A recipient with a reply that is none does not have the message,
        which may be on its way to another one."""
        return not settled or (
            self.wire.pipelined and self.wire.chunked and
            self.step.about == hostile.RECIPIENT and
            {to for _, to in settled} <= set(self.script.refused))

    def check_concerned(self, settled):
        """Those and no others: a recipient, or all of a message."""
        if self.step.about == hostile.RECIPIENT:
            ours = set(self.script.refused) - set(SENDERS)
            self.require(sorted(to for _, to in settled) == sorted(ours),
                         f"wrong: {settled}")
            return
        names = {name for name, _ in settled}
        everyone = [(name, to) for name in names
                    for to in self.entries[name].recipients]
        # A fault that stays meets the notifications too.
        many = len(self.script.done)
        right = len(names) == many or (self.script.always and names and
                                       len(names) < many)
        self.require(sorted(settled) == sorted(everyone) and right,
                     f"wrong: {settled}")

    def check_end(self):
        """Complete, and once unless that was said; nothing is left."""
        log = self.log()
        self.require(not re.search(DEAD, log), "a program has died")
        failed = self.settled("bounced", log)
        spool = self.site.spool
        self.require(spool.names("new", "cur", "tmp", "corrupt", "hold") == [],
                     "something is left in the spool")
        if not failed:
            self.require(spool.names("failed") == [], "something has failed")
        bounces = [m for m in self.host.messages if not m.sender]
        self.require(len(bounces) <= len(failed),
                     f"{len(bounces)} bounces for {len(failed)} failures")
        for name, entry in self.entries.items():
            for to in entry.recipients:
                self.check_delivery(name, entry, to, (name, to) in failed,
                                    f"{name}: possible duplicate" in log)

    def check_delivery(self, name, entry, to, failed, doubtful):
        copies = [m for m in self.host.messages + self.host.unanswered
                  if m.sender and to in m.recipients]
        fine = [m for m in copies if m.data == entry.message and
                m.sender == entry.sender]
        self.require(copies == fine, f"{to} got another message")
        if failed:
            self.require(not fine, f"{to} has failed, but was delivered to")
            return
        self.require(fine, f"{to} got nothing")
        taken = [m for m in fine if m in self.host.messages]
        self.require(taken, f"{to} was never accepted, but given up")
        self.require(len(fine) == 1 or doubtful,
                     f"{to} got {len(fine)} copies, and nobody said so")

    def check_wire(self):
        """Nothing in the clear that must not be."""
        for session in self.host.sessions:
            octets = bytes(session.channel.received)
            if self.wire.tls == "starttls":
                octets = octets[HARMLESS.match(octets).end():]
            self.require(are_records(octets), f"no TLS: {octets[:200]!r}")
            self.require(not shows(session.channel.received, SECRETS),
                         "the password went over the wire")
            lines = spilled(bytes(session.channel.deciphered), SECRETS)
            self.require(not lines, f"the password outside AUTH: {lines}")
        # Who answers what was not said does not know what is said.
        if self.follows != ANY:
            self.require(not self.host.violations,
                         f"violations: {self.host.violations[:3]}")

    def check_secrets(self):
        """The password stands in its file, and nowhere else."""
        mailq = self.site.mailq()
        self.require(not shows(mailq.stdout.encode(), SECRETS),
                     "mailq shows the password")
        for path in self.site.directory.rglob("*"):
            if path.is_file() and path != self.site.password:
                self.require(not shows(path.read_bytes(), SECRETS),
                             f"the password is in {path.name}")
