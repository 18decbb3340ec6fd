"""After the power cut: the real flusher on what may be left of a spool.

Many trees are put into one spool, each with message IDs of its own, so that
one flusher shows what comes of all of them: it treats each file alone. The
smarthost's reply carries a digest of what it took, and the flusher logs the
reply with the ID: so each delivery is known by tree and by content. A tree
with more to it than messages has a spool and a flusher of its own.
"""

import dataclasses
import hashlib
import os
import re
import shutil
import zlib

from harness import Site
from script import reply

QUEUE = ("new", "cur")
ID = re.compile(r"[0-9A-F]{13}")
SENT = re.compile(r"([0-9A-F]{13}): to=<([^>]*)>, .* status=sent "
                  r"\(.* (\w+)\)$")
NOTIFIED = re.compile(r"([0-9A-F]{13}): sender \S+ notification: "
                      r"([0-9A-F]{13})$")
ASIDE = re.compile(r"(?:new/|cur/)?([0-9A-F]{13})\S*: .*; moved to corrupt/$")


def digest(message):
    return hashlib.sha256(message).hexdigest()[:24]


def take(session):
    """For the step "end": the reply tells what was taken."""
    return reply(f"250 2.0.0 taken {digest(session.last.data)}")


def is_whole(content):
    """By length and checksum, as onehop-spool(5) says."""
    envelope, found, message = content.partition(b"\n\n")
    if not found or not re.match(rb"onehop 1\nsize \d{19}\n", content):
        return False
    marked = re.sub(rb"(?m)^to .{258} <", b"to  <", (envelope + found)[59:])
    return int(content[14:33]) == len(message) and \
        content[50:58] == b"%08X" % zlib.crc32(marked + message)


@dataclasses.dataclass(frozen=True)
class File:
    """A file of a tree: where, which node of the model, and what is in it."""
    path: str       # in the spool
    number: int
    content: bytes

    @property
    def state(self):
        return os.path.dirname(self.path)

    @property
    def ids(self):
        """Its own and, of a notification, before that of the original."""
        return ID.findall(self.path)

    @property
    def id(self):
        return self.ids[-1]

    def due(self, address):
        """Whether it is still to be sent there."""
        return re.search(rb"(?m)^to -[- DF].{256} <%s>" %
                         re.escape(address.encode()), self.content)


@dataclasses.dataclass(frozen=True)
class Tree:
    """What a power cut may have left of a spool."""
    files: tuple
    missing: frozenset = frozenset()    # parts of the spool, "" is all of it

    def messages(self):
        """The files that the flusher looks at."""
        return [file for file in self.files if file.state in QUEUE]


BOUNCE = "bounce of "


@dataclasses.dataclass
class Outcome:
    """What came of one tree. IDs are those of the tree; a notification that
    was made only now has the ID of its original and BOUNCE before it.
    """
    sent: list = dataclasses.field(default_factory=list)  # ID, address, digest
    aside: set = dataclasses.field(default_factory=set)   # IDs, by the log
    left: set = dataclasses.field(default_factory=set)    # of state, ID
    goes_on: bool = True    # a new message is sent as well


class Recovery:
    """Makes spools of trees, and a flusher for each."""

    MOST = 4000     # files for one flusher

    def __init__(self, directory, certificates, host):
        self.directory = directory
        self.certificates = certificates
        self.host = host
        self.count = 0

    def run(self, trees):
        """The outcome of each tree."""
        outcomes, batch, size = {}, [], 0
        for tree in trees:
            if tree.missing:
                outcomes.update(self.run_alone(tree))
                continue
            if size + len(tree.files) > self.MOST:
                outcomes.update(self.run_together(batch))
                batch, size = [], 0
            batch.append(tree)
            size += len(tree.files)
        outcomes.update(self.run_together(batch))
        return outcomes

    def site(self):
        self.count += 1
        directory = self.directory / f"after-{self.count}"
        directory.mkdir()
        site = Site(directory, self.certificates)
        site.use(self.host, retry_min="1h")
        return site

    def run_together(self, trees):
        site = self.site()
        site.ctl("list")    # which makes the spool
        outcomes = self.flush(site, trees)
        shutil.rmtree(site.directory)
        return outcomes

    def run_alone(self, tree):
        site = self.site()
        if "" not in tree.missing:
            site.spool.path.mkdir()
            for state in set(site.spool.STATES) - tree.missing:
                (site.spool.path / state).mkdir()
            if "trigger" not in tree.missing:
                os.mkfifo(site.spool.path / "trigger")
        outcomes = self.flush(site, [tree]) if tree.files else {
            tree: Outcome()}
        outcomes[tree].goes_on = self.goes_on(site)
        shutil.rmtree(site.directory)
        return outcomes

    def goes_on(self, site):
        """Whether the spool takes a message that is then sent."""
        result = site.sendmail("new@example.net")
        before = len(self.host.messages)
        return result.status == 0 and site.flush()[0] == 0 and \
            len(self.host.messages) == before + 1

    def flush(self, site, trees):
        """One flusher on the messages of these trees."""
        outcomes = {tree: Outcome() for tree in trees}
        owner = {}          # ID to the tree, and the ID that it has there
        for tree in trees:
            self.build(site, tree, owner)
        before = len(self.host.messages)
        _, log = site.flush()
        told = list(self.read_log(log, outcomes, owner))
        took = [(recipient, digest(message.data))
                for message in self.host.messages[before:]
                for recipient in message.recipients]
        assert sorted(told) == sorted(took), "the log is not right"
        for path in site.spool.files():
            tree, name = owner[ID.findall(path.name)[-1]]
            outcomes[tree].left.add((path.parent.name, name))
        return outcomes

    @staticmethod
    def build(site, tree, owner):
        ids, nodes = {}, {}

        def rename(match):
            name = match[0]
            if name not in ids:
                number = int(name, 16)
                while f"{number:013X}" in owner:
                    number += 1
                ids[name] = f"{number:013X}"
                owner[ids[name]] = tree, name
            return ids[name]

        for file in tree.files:
            path = site.spool.path / ID.sub(rename, file.path)
            if file.number in nodes:
                os.link(nodes[file.number], path)
            else:
                path.write_bytes(file.content)
                nodes[file.number] = path

    @staticmethod
    def read_log(log, outcomes, owner):
        """Recipient and digest of all that was sent."""
        for line in log.lines():
            text = line.partition("]: ")[2].removeprefix("warning: ")
            sent, aside = SENT.match(text), ASIDE.match(text)
            notified = NOTIFIED.match(text)
            if notified:
                tree, name = owner[notified[1]]
                owner.setdefault(notified[2], (tree, BOUNCE + name))
            if sent:
                tree, name = owner[sent[1]]
                outcomes[tree].sent.append((name, sent[2], sent[3]))
                yield sent[2], sent[3]
            elif aside:
                tree, name = owner[aside[1]]
                outcomes[tree].aside.add(name)
