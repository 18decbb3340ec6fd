"""A scenario that is recorded: what the programs did, and what they promised.

A story is told once, with the real programs under a tracer; then it is cut
off between any two of their calls.
"""

import contextlib
import dataclasses
import random
import re
import subprocess
import time

import disk
import recording
from harness import environment, program, run, wait_until
from recovery import BOUNCE, ID, File, Tree, digest, is_whole
from script import reply

SUBJECT = re.compile(rb"Subject: (\S+)\r\n")
SENDER = "sender@example.org"
STATES = ("tmp", "new", "cur", "hold", "failed", "corrupt")
PARTS = {"", "trigger", *STATES}


def token_of(content):
    """The subject of a message, or of what it is a notification of."""
    match = SUBJECT.search(content)
    prefix = BOUNCE if b"multipart/report" in content else ""
    return match and prefix + match[1].decode()


@dataclasses.dataclass(frozen=True)
class Ledger:
    """What has been promised up to a moment; pairs are token, recipient."""
    accepted: frozenset = frozenset()   # tokens: sendmail has ended with 0
    removing: frozenset = frozenset()   # tokens: onehopctl remove has begun
    removed: frozenset = frozenset()    # tokens: it has ended with 0
    taken: frozenset = frozenset()      # pairs that the smarthost has
    latest: frozenset = frozenset()     # of them, of each token's last batch
    settled: frozenset = frozenset()    # of them, before a flusher ended

    def add(self, field, *what):
        values = getattr(self, field) | set(what)
        return dataclasses.replace(self, **{field: values})

    def note(self, event):
        """The ledger after an event."""
        role = event.role
        if event.name == "taken":
            return self.note_taken(event.arguments)
        if role.what == "dialogue":
            return self.note_reply(event)
        if role.what == "removal" and event.name == "unlinkat":
            return self.add("removing", role.token)
        if event.name != "exit":
            return self
        if role.what == "flusher":
            return self.add("settled", *self.taken)
        if event.result != 0:
            return self
        return self.add({"submission": "accepted",
                         "removal": "removed"}[role.what], role.token)


    def note_taken(self, pairs):
        tokens = {token for token, _ in pairs}
        others = [pair for pair in self.latest if pair[0] not in tokens]
        return dataclasses.replace(self, latest=frozenset([*others, *pairs]),
                                   taken=self.taken | set(pairs))

    def note_reply(self, event):
        """Of sendmail -bs, whose tokens are in the order of the messages."""
        if event.name != "write" or \
                recording.descriptor(event.arguments[0])[0] != 1:
            return self
        count = recording.string(event.arguments[1]).count(b"queued as")
        left = [token for token in event.role.token.split()
                if token not in self.accepted]
        return self.add("accepted", *left[:count])


@dataclasses.dataclass
class Cut:
    """What may be left, each tree once, after the events so far."""
    ledger: Ledger
    trees: dict     # model to set of trees


class Story:
    """Runs programs on a site and records them.

    script is that of the smarthost; ends are actions for the ends of the
    first messages, of which it then has none.
    """

    def __init__(self, site, smarthost, script, ends=()):
        self.site = site
        self.taken = []
        self.ends = list(ends)
        self.recorder = recording.Recorder(site.directory)
        self.host = smarthost(tls="none", user=None,
                              script={"end": self.take, **script})
        self.recipients = {}
        self.senders = {}
        self.most = 12, 120     # sets of names in any order for each cut
        site.use(self.host)
        self.disk = disk.Disk(site.spool.path)

    def begin(self):
        """From here on; what stands in the spool now is durable."""
        self.disk = disk.Disk(self.site.spool.path)

    # For scenarios.

    def take(self, session):
        """The smarthost takes a message: from now on it may not be lost."""
        if self.ends:
            return self.ends.pop(0)
        message = session.last
        now = time.time()
        self.taken.append(recording.Event(
            now, now, recording.Role("smarthost"), 0, "taken",
            tuple((token_of(message.data), recipient)
                  for recipient in message.recipients), 0))
        return reply("250 2.0.0 taken")

    def command(self, token, *recipients, sender=SENDER, inject=None,
                name=None):
        self.recipients[token] = recipients
        self.senders[token] = sender
        return [*self.recorder.prefix("submission", token, inject),
                *(name or [program("sendmail")]), "-C",
                str(self.site.configuration), "-i", "-f", sender, *recipients]

    def submit(self, token, *recipients, body=b"text\n", **options):
        result = run(self.command(token, *recipients, **options),
                     b"Subject: %s\n\n" % token.encode() + body)
        assert (result.status, result.stdout, result.stderr) == (0, "", "")

    def converse(self, tokens, recipient):
        """All of them by one sendmail -bs."""
        self.recipients.update(dict.fromkeys(tokens, [recipient]))
        text = "EHLO client\r\n" + "".join(
            f"MAIL FROM:<a@example.com>\r\nRCPT TO:<{recipient}>\r\n"
            f"DATA\r\nSubject: {token}\r\n\r\ntext\r\n.\r\n"
            for token in tokens) + "QUIT\r\n"
        result = run([*self.recorder.prefix("dialogue", " ".join(tokens)),
                      program("sendmail"), "-C",
                      str(self.site.configuration), "-bs"], text.encode())
        assert result.stdout.count("queued as") == len(tokens)

    def submit_together(self, tokens, recipient):
        with contextlib.ExitStack() as stack:
            started = [stack.enter_context(subprocess.Popen(
                self.command(token, recipient), stdin=subprocess.PIPE,
                env=environment())) for token in tokens]
            for token, process in zip(tokens, started):
                process.stdin.write(b"Subject: %s\n\ntext\n" % token.encode())
                process.stdin.flush()
            for process in started:
                process.stdin.close()
        assert [process.returncode for process in started] == [0] * len(tokens)

    def flusher(self, *arguments, inject=None):
        return self.site.flusher(
            *arguments, prefix=self.recorder.prefix("flusher", inject=inject))

    def flush(self, **options):
        self.flusher("-q", **options).wait()

    def wait_for_sync(self, state):
        """The flusher removes a message from there and syncs the removal."""
        path = recording.escape(state)
        pattern = rf"unlinkat\([^\n]*{path}(?s:.*)fsync\([^\n]*{path}>"
        [trace] = [trace for trace in self.recorder.traces
                   if trace.role.what == "flusher"]
        wait_until(lambda: re.search(pattern, trace.path.read_text()),
                   f"a sync of {state}/")

    def remove(self, token, id):
        result = run([*self.recorder.prefix("removal", token),
                      program("onehopctl"), "-C",
                      str(self.site.configuration), "remove", id])
        assert result.status == 0

    # The cuts.

    def cuts(self, whole):
        """A cut after each event that matters, and one before all."""
        chance = random.Random(1)
        events = sorted(self.recorder.events() + self.taken,
                        key=lambda event: event.end)
        ledger = Ledger()
        yield Cut(ledger, self.trees(whole, chance))
        for event in events:
            noted = ledger.note(event)
            changed = event.name not in ("taken", "exit") and \
                self.disk.apply(event)
            if changed or noted != ledger:
                ledger = noted
                yield Cut(ledger, self.trees(whole, chance))

    def trees(self, whole, chance):
        models = {"in order": self.disk.in_order(),
                  "in any order": self.disk.in_any_order(
                      self.most[whole], chance)}
        return {model: {tree for names in sets
                        for tree in self.trees_of(names, whole, chance)}
                for model, sets in models.items()}

    def trees_of(self, names, whole, chance):
        """With all that the data of one file can be, the others by chance."""
        root = self.disk.relative(self.disk.path)
        parts = {path[len(root) + 1:]: node for path, node in names.items()
                 if path.startswith(root)}
        missing = frozenset(PARTS - set(parts))
        files = {path: node for path, node in sorted(parts.items())
                 if path.partition("/")[0] in STATES and ID.search(path)}
        torn = {node for node in files.values() if node.unsynced}
        whole = whole and not missing and len(torn) == 1
        variants = {node: self.contents(node, files, whole, chance)
                    for node in files.values()}
        for node, contents in variants.items():
            for content in contents:
                others = {node: chance.choice(contents)
                          for node, contents in variants.items()}
                others[node] = content
                yield Tree(tuple(File(path, node.number, others[node])
                                 for path, node in files.items()), missing)
        if not variants:
            yield Tree((), missing)

    @staticmethod
    def contents(node, files, whole, chance):
        """Nobody reads submissions in tmp/, whatever they contain."""
        names = [path for path, each in files.items() if each is node]
        if all(path.startswith("tmp/") and ID.fullmatch(path[4:])
               for path in names):
            return list(dict.fromkeys((node.durable, node.reached)))
        return disk.contents(node, whole, chance)

    # What it was about.

    def digests(self):
        """Token to what the smarthost must get, after all cuts."""
        found = {}
        for node in self.disk.nodes:
            if node.kind == "file" and is_whole(node.reached):
                message = node.reached.partition(b"\n\n")[2]
                found.setdefault(token_of(message), set()).add(
                    digest(message))
        assert {len(digests) for digests in found.values()} == {1}
        return {token: digests.pop() for token, digests in found.items()}
