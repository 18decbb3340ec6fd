"""What a scripted smarthost does at a step of the dialogue, other than usual.

A script maps steps to actions:

    {"rcpt:b@example.net": reply("550 5.1.1 no such user"),
     "end": [drop()],                   once, afterwards as usual
     "mail": after(10, hang())}         as usual ten times, then always

The steps, in the order of a session: connect, tls, greeting, ehlo, starttls,
challenge, auth, mail (or mail:ADDRESS), rcpt (or rcpt:ADDRESS), data, content,
bdat, end, rset, quit.
"content" comes when the client may send the message or a chunk of it, "bdat"
answers a chunk that is not the last one, "end" answers the whole message,
be it by DATA or by BDAT.
"""

import collections
import dataclasses
import threading
from typing import Callable, Union


@dataclasses.dataclass(frozen=True)
class Action:
    """Wait, send, and perhaps end the connection.

    With no text and no end the step's usual reply is given (after the delay).
    The text may be made from the usual reply.
    """

    text: Union[bytes, Callable[[bytes], bytes]] = None
    delay: float = 0
    end: str = None     # "drop", "reset" or "hang"
    pace: float = 0     # seconds from one octet to the next

    def then(self, end):
        return dataclasses.replace(self, end=end)

    def said(self, usual):
        """What is sent where this is the usual reply."""
        if callable(self.text):
            return self.text(usual)
        if self.text is None and not self.end:
            return usual
        return self.text or b""


def reply(*lines):
    """The given lines, each complete with its code, ended by CRLF."""
    return Action(text=b"".join(line.encode() + b"\r\n" for line in lines))


def delay(seconds):
    return Action(delay=seconds)


def drop():
    """Close the connection in good order (FIN)."""
    return Action(end="drop")


def reset():
    """Break the connection (RST)."""
    return Action(end="reset")


def hang():
    """Say nothing until the client leaves."""
    return Action(end="hang")


def garbage(octets=b"\x00\xff\x16\x03\x01 not a reply\r\n" * 4):
    """Octets that are no reply."""
    return Action(text=octets)


def after(count, action):
    """As usual count times, in all sessions together, then the action."""
    seen = iter(range(count))
    lock = threading.Lock()

    def choose(session):
        with lock:
            return action if next(seen, None) is None else None

    return choose


def per_session(count, action):
    """As usual count times in each session, then the action."""
    seen = collections.Counter()

    def choose(session):
        seen[session.number] += 1
        return action if seen[session.number] > count else None

    return choose


class Script:
    """The actions by step; a list is used up one entry per visit."""

    def __init__(self, entries=None):
        self.entries = dict(entries or {})
        self.visits = collections.Counter()
        self.lock = threading.Lock()

    def choose(self, session, *steps):
        """The action for the first of the steps that the script names."""
        for step in steps:
            if step in self.entries:
                return self._choose(session, step) or Action()
        return Action()

    def _choose(self, session, step):
        entry = self.entries[step]
        if callable(entry):
            return entry(session)
        if isinstance(entry, Action):
            return entry
        with self.lock:
            visit = self.visits[step]
            self.visits[step] += 1
        return entry[visit] if visit < len(entry) else None
