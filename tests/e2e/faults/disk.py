"""A model of what a file system may show after a power cut.

What was synced is certain. Of the other data of a file, any byte may be old,
new, or, where the file has grown, missing, zero or garbage. Of the changes of
names a prefix survives ("in order": a journal, as that of ext4 and XFS; a sync
carries along what came before the last change of what is synced), or for each
file a prefix of its own ("in any order": fsync of a file makes its data
durable, fsync of a directory the names in it, and nothing else is). A rename
is one change: it happens or not.
"""

import dataclasses
import itertools
import os

import recording

SECTOR = 512
SUBSETS = 6         # so many writes not synced are taken in all combinations


@dataclasses.dataclass(eq=False)
class Node:
    """A file, a directory or a FIFO, whatever its names."""
    kind: str
    number: int
    durable: bytes = b""
    unsynced: list = dataclasses.field(default_factory=list)
    reached: bytes = b""        # all that has been written

    def write(self, end, offset, data):
        self.unsynced.append((end, offset, data))
        self.reached = overwrite(self.reached, offset, data)

    def sync(self, begin):
        while self.unsynced and self.unsynced[0][0] <= begin:
            _, offset, data = self.unsynced.pop(0)
            self.durable = overwrite(self.durable, offset, data)


@dataclasses.dataclass(eq=False)
class Change:
    """A name that a node gets, loses, or both."""
    node: Node
    old: str
    new: str
    end: float
    synced: bool = False        # for names in any order

    def directories(self):
        return {os.path.dirname(path) for path in (self.old, self.new)
                if path is not None}

    def directory(self):
        """Where it has to be synced, for names in any order."""
        return os.path.dirname(self.old if self.new is None else self.new)


def overwrite(content, offset, data):
    content = content.ljust(offset, b"\0")
    return content[:offset] + data + content[offset + len(data):]


class Disk:
    """A directory and its parent, from what stands there now on.

    Paths are relative to the parent.
    """

    def __init__(self, path):
        self.path = os.fspath(path)
        self.parent = os.path.dirname(self.path)
        self.count = 0
        self.base = {"": self.node("directory")}
        self.changes = []
        self.floor = 0          # so many have happened, names being in order
        self.opened = {}        # process, descriptor: node
        self.positions = {}     # the same, where it writes next
        if os.path.isdir(self.path):
            self.load()
        self.current = dict(self.base)
        self.nodes = list(self.base.values())

    def node(self, kind, content=b""):
        self.count += 1
        return Node(kind, self.count, content, reached=content)

    def load(self):
        self.base[self.relative(self.path)] = self.node("directory")
        for directory, directories, files in os.walk(self.path):
            for name in directories:
                path = os.path.join(directory, name)
                self.base[self.relative(path)] = self.node("directory")
            for name in files:
                path = os.path.join(directory, name)
                regular = os.path.isfile(path)
                content = open(path, "rb").read() if regular else b""
                self.base[self.relative(path)] = self.node(
                    "file" if regular else "other", content)

    def relative(self, path):
        return path[len(self.parent) + 1:]

    def is_meant(self, argument):
        """Whether it is a path in the directory, or a descriptor there."""
        if recording.STRING.fullmatch(argument):
            return self.inside(os.fsdecode(recording.string(argument)))
        return bool(recording.DESCRIPTOR.match(argument)) and \
            self.inside(recording.descriptor(argument)[1])

    def inside(self, path):
        return path is not None and (path + "/").startswith(self.path + "/")

    # What the programs did.

    def apply(self, event):
        """Whether the event changed something or made it durable."""
        method = getattr(self, "do_" + event.name, None)
        if method is None:
            assert not any(self.is_meant(argument)
                           for argument in event.arguments), \
                f"{event.name} is not in the model"
            return False
        return method(event, *event.arguments) is not False

    def change(self, event, node, old, new):
        self.changes.append(Change(node, old, new, event.end))
        if old is not None:
            del self.current[old]
        if new is not None:
            self.current[new] = node

    def make(self, event, path, kind):
        if not self.inside(path):
            return False
        node = self.node(kind)
        self.nodes.append(node)
        self.change(event, node, None, self.relative(path))
        return True

    def do_openat(self, event, directory, name, flags, *_):
        path = recording.path_at(directory, name)
        if not self.inside(path):
            return False
        assert "O_TRUNC" not in flags and "O_APPEND" not in flags
        made = "O_CREAT" in flags and self.relative(path) not in self.current
        if made:
            self.make(event, path, "file")
        self.positions[event.pid, event.result] = 0
        self.opened[event.pid, event.result] = self.current.get(
            self.relative(path))
        return made

    def do_mkdirat(self, event, directory, name, *_):
        return self.make(event, recording.path_at(directory, name),
                         "directory")

    def do_mkdir(self, event, name, *_):
        return self.make(event, os.fsdecode(recording.string(name)),
                         "directory")

    def do_mknodat(self, event, directory, name, *_):
        return self.make(event, recording.path_at(directory, name), "other")

    def file(self, event, argument):
        """The descriptor's number, and its node if it is one of ours."""
        number, path = recording.descriptor(argument)
        if not self.inside(path):
            return number, None
        return number, self.opened.get((event.pid, number))

    def do_write(self, event, fd, data, *_):
        number, node = self.file(event, fd)
        if node is None or node.kind != "file":
            return False
        position = self.positions[event.pid, number]
        self.positions[event.pid, number] = position + event.result
        node.write(event.end, position,
                   recording.string(data)[:event.result])
        return True

    def do_lseek(self, event, fd, *_):
        number, node = self.file(event, fd)
        if node is not None:
            self.positions[event.pid, number] = event.result
        return False

    def do_pwrite64(self, event, fd, data, _, offset):
        _, node = self.file(event, fd)
        if node is None:
            return False
        node.write(event.end, int(offset, 0),
                   recording.string(data)[:event.result])
        return True

    def do_sendfile(self, event, out, *_):
        assert self.file(event, out)[1] is None, "sendfile into the spool"
        return False

    def do_splice(self, event, _from, _offset, out, *_):
        return self.do_sendfile(event, out)

    def do_mmap(self, event, _address, _length, protection, flags, fd, *_):
        assert not ("PROT_WRITE" in protection and "MAP_SHARED" in flags and
                    self.file(event, fd)[1]), "a file of the spool is mapped"
        return False

    def do_renameat2(self, event, old_directory, old, new_directory, new, *_):
        old = recording.path_at(old_directory, old)
        new = recording.path_at(new_directory, new)
        if not self.inside(old) and not self.inside(new):
            return False
        old, new = self.relative(old), self.relative(new)
        self.change(event, self.current[old], old, new)
        return True

    do_renameat = do_renameat2

    def do_linkat(self, event, old_directory, old, new_directory, new, *_):
        old = self.relative(recording.path_at(old_directory, old))
        new = recording.path_at(new_directory, new)
        if not self.inside(new):
            return False
        self.change(event, self.current[old], None, self.relative(new))
        return True

    def do_unlinkat(self, event, directory, name, *_):
        path = recording.path_at(directory, name)
        if not self.inside(path):
            return False
        path = self.relative(path)
        if path not in self.current:
            return False    # the socket: it is of no use after a power cut
        self.change(event, self.current[path], path, None)
        return True

    def do_fsync(self, event, fd):
        """Names in order: the log up to the last change of the node."""
        if not self.do_fdatasync(event, fd):
            return False
        path = self.relative(recording.descriptor(fd)[1])
        node = self.current[""] if path == "" else self.file(event, fd)[1]
        for number, change in enumerate(self.changes, 1):
            if change.end > event.begin:
                continue
            if path == change.directory():
                change.synced = True
            if path in change.directories() or change.node is node:
                self.floor = max(self.floor, number)
        return True

    def do_fdatasync(self, event, fd):
        path = recording.descriptor(fd)[1]
        if path == self.parent:
            return True
        node = self.file(event, fd)[1]
        if node is None:
            return False
        node.sync(event.begin)
        return True

    # What may be left of it.

    def in_order(self, *_):
        """All sets of names that may be there, names being in order."""
        for count in range(self.floor, len(self.changes) + 1):
            yield self.names(self.changes[:count])

    def in_any_order(self, most, chance):
        """The same for names in any order; of more than `most`, some."""
        choices = [self.prefixes(node) for node in self.nodes]
        choices = [choice for choice in choices if len(choice) > 1 or
                   choice[0]]
        combinations = 1
        for choice in choices:
            combinations *= len(choice)
        if combinations <= most:
            chosen = itertools.product(*choices)
        else:
            chosen = [[chance.choice(choice) for choice in choices]
                      for _ in range(most - 2)]
            chosen += [[choice[0] for choice in choices],
                       [choice[-1] for choice in choices]]
        for each in chosen:
            happened = {id(change) for prefix in each for change in prefix}
            yield self.names([change for change in self.changes
                              if id(change) in happened])

    def prefixes(self, node):
        """What may have happened to the names of a node."""
        changes = [change for change in self.changes if change.node is node]
        floor = max((number for number, change in enumerate(changes, 1)
                     if change.synced), default=0)
        return [changes[:count] for count in range(floor, len(changes) + 1)]

    def names(self, changes):
        """Path to node, of those that can be reached."""
        names = dict(self.base)
        for change in changes:
            if change.old is not None and \
                    names.get(change.old) is change.node:
                del names[change.old]
            if change.new is not None:
                names[change.new] = change.node
        return {path: node for path, node in names.items()
                if self.is_reachable(path, names)}

    @staticmethod
    def is_reachable(path, names):
        while path:
            path = os.path.dirname(path)
            if path not in names:
                return False
        return True


def contents(node, whole, chance):
    """What a file may contain: all of it if `whole`, or some, each once."""
    old, new = node.durable, node.reached
    found = dict.fromkeys((old, new))
    found.update(dict.fromkeys(subsets(node, chance)))
    if old != new:
        first = len(os.path.commonprefix((old, new)))
        last = len(new) - len(os.path.commonprefix((old[::-1], new[::-1])))
        for cut in cuts(first, max(first, last - 1), whole, chance):
            found.update(dict.fromkeys(torn(old, new, cut, chance)))
        for _ in range(32 if whole else 4):
            found[sectors(old, new, chance)] = None
    return list(found)


def subsets(node, chance):
    """Some of the writes have been done, the others not."""
    writes = node.unsynced
    if len(writes) <= SUBSETS:
        chosen = itertools.product((False, True), repeat=len(writes))
    else:
        chosen = [[i < n for i in range(len(writes))]
                  for n in range(len(writes))]
        chosen += [[chance.random() < .5 for _ in writes] for _ in range(32)]
    for done in chosen:
        content = node.durable
        for (_, offset, data), happened in zip(writes, done):
            if happened:
                content = overwrite(content, offset, data)
        yield content


def cuts(first, last, whole, chance):
    """Where the data may be torn: anywhere, or at some places."""
    if whole and last - first < 4 * SECTOR:
        return range(first, last + 1)
    places = {first, first + 1, last}
    places.update(i for i in range(first, last)
                  if i % (8 * SECTOR) == 0 and (whole or i < 16 * SECTOR))
    places.update(chance.randint(first, last)
                  for _ in range(64 if whole else 6))
    return sorted(places)


def torn(old, new, cut, chance):
    """The new data before the cut, or only that behind it."""
    rest = old[cut:]
    garbage = chance.randbytes(max(len(new) - max(cut, len(old)), 0))
    yield new[:cut] + rest
    yield (new[:cut] + rest).ljust(len(new), b"\0")
    yield new[:cut] + rest + garbage
    yield old[:cut].ljust(cut, b"\0") + new[cut:]


def sectors(old, new, chance):
    """Each sector is new, or as it was."""
    old = old.ljust(len(new), b"\0")
    return b"".join(
        (new if chance.random() < .5 else old)[i:i + SECTOR]
        for i in range(0, len(new), SECTOR))
