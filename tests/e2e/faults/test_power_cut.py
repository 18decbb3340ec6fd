"""A power cut at any moment: what only some of a spool is left of.

Each scenario is run once, with the real programs under a tracer. Then, for
each cut between two of their calls, the spools are made that a file system
may show afterwards (disk.py says which), and the real flusher runs on each of
them. Trees that are equal are tried once, whatever was promised before.
"""

import os
import pathlib
import shutil
import tempfile

import pytest

import recording
from harness import Site, sanitized, wait_until
from recovery import BOUNCE, Recovery, is_whole, take
from script import drop, reply
from story import SENDER, Story, token_of
from test_submit_socket import OWNER, make, no_privileges

__all__ = ["make"]      # a fixture

ONE, TWO = "one@example.net", "two@example.net"
LATER, BAD = "later@example.net", "bad@example.net"
NO_RENAMEAT2 = "renameat2:error=EINVAL"
REFUSED = {f"rcpt:{BAD}": reply("550 5.1.1 no such user")}


@pytest.fixture
def memory():
    """A directory where a sync costs nothing, if there is one."""
    shm = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    directory = pathlib.Path(tempfile.mkdtemp(prefix="onehop-", dir=shm))
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def tell(memory, certificates, smarthost):
    """Makes a story with the given script of its smarthost."""
    if not recording.available():
        pytest.skip("programs cannot be traced here")
    if sanitized():
        pytest.skip("a sanitizer looks for leaks with a tracer of its own")
    sites = []

    def tell(script=None, spool=True, ends=(), site=None):
        if site is None:
            directory = memory / "before"
            directory.mkdir()
            site = Site(directory, certificates)
        sites.append(site)
        if spool:
            site.ctl("list")
        return Story(site, smarthost, script or {}, ends)

    yield tell
    for site in sites:
        site.close()


@pytest.fixture
def recovery(memory, certificates, smarthost):
    return Recovery(memory, certificates, smarthost(
        tls="none", user=None, script={"end": take, **REFUSED}))


class Judge:
    """What is wrong with an outcome."""

    def __init__(self, story):
        self.recipients = story.recipients
        self.senders = story.senders
        self.digests = story.digests()
        self.tokens = {node.number: token_of(node.reached)
                       for node in story.disk.nodes}

    def problems(self, tree, ledger, outcome):
        files = {file.id: file for file in tree.files}
        sent = [(self.token(files, name), recipient)
                for name, recipient, _ in outcome.sent]
        if not outcome.goes_on:
            yield "the spool is of no use any more"
        yield from self.lost(ledger, sent, {
            self.token(files, name) for state, name in outcome.left
            if state == "failed"})
        yield from self.torn(tree, outcome)
        yield from self.repeated(ledger, sent)
        for name, recipient, digest in outcome.sent:
            yield from self.wrong(files.get(name), recipient, digest)
            if name.startswith(BOUNCE) and (
                    self.token(files, name), recipient) in ledger.taken:
                yield f"{name} is a second one"

    def token(self, files, name):
        prefix, name = name[:-13], name[-13:]
        return prefix + self.tokens[files[name].number]

    def lost(self, ledger, sent, failed):
        for token in ledger.accepted - ledger.removing:
            for recipient in self.recipients[token]:
                pair = token, recipient
                if recipient == BAD and self.senders[token] == "<>":
                    if token not in failed:
                        yield f"{token} has failed and was not kept"
                    continue
                if recipient == BAD:
                    pair = BOUNCE + token, self.senders[token]
                if pair not in ledger.taken and pair not in sent:
                    yield f"{pair[0]} to {pair[1]} is lost"

    def torn(self, tree, outcome):
        for file in tree.messages():
            if not is_whole(file.content) and (
                    ("corrupt", file.id) not in outcome.left or
                    file.id not in outcome.aside):
                yield f"{file.path} is torn and was not set aside"

    def repeated(self, ledger, sent):
        if len(set(sent)) < len(sent):
            yield f"sent twice: {sent}"
        for token, recipient in set(sent) & ledger.taken:
            if (token, recipient) in ledger.settled:
                yield f"{token} to {recipient} was sent again after the end"
            if (token, recipient) not in ledger.latest:
                yield f"{token} to {recipient} was sent again, batches later"
        for token, recipient in sent:
            if token in ledger.removed:
                yield f"{token} was sent though it was removed"

    def wrong(self, file, recipient, digest):
        """Of what was in the tree; not of what has only now been made."""
        if file is None:
            return
        if digest != self.digests[self.tokens[file.number]]:
            yield f"{file.path} was not sent as it was"
        if not file.due(recipient):
            yield f"{file.path} was sent to {recipient}, who was not due"


def cut_everywhere(story, recovery, whole, tally):
    cuts = list(story.cuts(whole))
    trees = {tree for cut in cuts for sets in cut.trees.values()
             for tree in sets}
    outcomes = recovery.run(trees)
    judge, wrong = Judge(story), []
    for number, cut in enumerate(cuts):
        for model, sets in cut.trees.items():
            for tree in sets:
                found = list(judge.problems(tree, cut.ledger,
                                            outcomes[tree]))
                tally(f"power cut, names {model}", not found)
                wrong += [f"cut {number}, names {model}: {text}, of " +
                          " ".join(file.path for file in tree.files)
                          for text in found]
    assert wrong == [], f"{len(wrong)} wrong, the first: " + "\n".join(
        wrong[:20])


# The scenarios.

def plain(tell):
    story = tell()
    story.submit("plain", ONE, TWO)
    return story


def long_lines(tell):
    """The second pass writes another file."""
    story = tell()
    story.submit("long", ONE, body=b"0123456789" * 300 + b"\n")
    return story


def large(tell):
    """Several writes, and then the seal."""
    story = tell()
    line = bytes(range(32, 127)) + b"\n"
    story.submit("large", ONE, body=line * 3500)
    return story


def together(tell):
    story = tell()
    story.submit_together([f"together-{i}" for i in range(4)], ONE)
    return story


def delivered(tell):
    story = tell()
    for number in range(3):
        story.submit(f"delivered-{number}", ONE, TWO)
    story.flush()
    return story


def deferred(tell):
    """Twice, and then delivered."""
    story = tell({f"rcpt:{LATER}": [reply("450 4.2.1 not now")] * 2})
    story.submit("deferred", LATER)
    for _ in range(3):
        story.flush()
    assert story.site.spool.names("new", "cur") == []
    return story


def in_part(tell):
    """Delivered, deferred and refused; then the deferred one is delivered."""
    story = tell({f"rcpt:{LATER}": [reply("450 4.2.1 not now")], **REFUSED})
    story.submit("part", ONE, LATER, BAD, TWO, sender="<>")
    story.flush()
    story.flush()
    assert len(story.site.spool.names("failed")) == 1
    return story


def in_batches(tell):
    """Three recipients at a time; what is marked in between is durable."""
    def rcpt(session):
        full = len(session.message.recipients) == 3
        return reply("452 4.5.3 too many recipients") if full else None

    story = tell({"rcpt": rcpt})
    story.submit("batches", *(f"{i}@example.net" for i in range(8)))
    story.flush()
    assert len(story.taken) == 3
    return story


def bounced(tell):
    """The sender is told once: his is the next message."""
    story = tell(REFUSED)
    story.submit("bounced", ONE, BAD)
    story.flush()
    story.flush()
    assert [recipient for message in story.host.messages
            for recipient in message.recipients] == [ONE, SENDER]
    return story


def lost_reply(tell):
    """It is deferred for long, and then sent again."""
    story = tell(ends=[drop()])
    story.submit("lost", ONE)
    story.flush()
    story.flush()
    return story


def dialogue(tell):
    story = tell()
    story.converse([f"dialogue-{i}" for i in range(3)], ONE)
    return story


def removed(tell):
    story = tell()
    story.submit("removed", ONE)
    story.remove("removed", *story.site.spool.names("new"))
    return story


def torn_before(tell):
    """One that is torn already is moved out of the way of another."""
    story = tell()
    story.site.submit(ONE)
    path = story.site.spool.only("new")
    path.write_bytes(path.read_bytes()[:-1])
    story.begin()
    story.submit("behind", ONE)
    story.flush()
    assert len(story.site.spool.names("corrupt")) == 1
    return story


def no_spool(tell):
    """The first message makes the spool."""
    story = tell(spool=False)
    story.most = 4, 12      # each takes a flusher of its own
    story.submit("first", ONE)
    return story


def old_file_system(tell):
    """Without RENAME_NOREPLACE."""
    story = tell({f"rcpt:{LATER}": [reply("450 4.2.1 not now")], **REFUSED})
    story.submit("old", ONE, LATER, BAD, sender="<>", inject=NO_RENAMEAT2)
    story.flush(inject=NO_RENAMEAT2)
    story.flush(inject=NO_RENAMEAT2)
    assert len(story.site.spool.names("failed")) == 1
    return story


SCENARIOS = [plain, long_lines, large, together, delivered, deferred, in_part,
             in_batches, bounced, lost_reply, dialogue, removed, torn_before,
             no_spool, old_file_system]


@pytest.mark.parametrize("scenario", SCENARIOS,
                         ids=lambda scenario: scenario.__name__)
def test_power_cut(scenario, tell, recovery, everything, tally):
    cut_everywhere(scenario(tell), recovery, everything, tally)


def test_power_cut_with_a_daemon(make, tell, recovery, everything, tally):
    """Through the socket; the daemon sends at once and syncs later."""
    fence = make(OWNER)
    story = tell(site=fence)
    flusher = story.flusher()
    wait_until(fence.is_listening, "somebody to listen")
    story.submit("socket", ONE, name=[*no_privileges(), str(fence.program)])
    flusher.log.wait_for("removed")
    story.wait_for_sync("new")
    assert flusher.stop() == 0
    cut_everywhere(story, recovery, everything, tally)
