"""What a smarthost may do wrong, where, and what must follow.

A step is a place in the dialogue, a fault what happens there in place of the
usual reply; follows() says what a step and a fault lead to.
"""

import dataclasses
import threading
import time
from typing import Callable, Optional

from script import Action, Script, drop, garbage, hang, reply, reset

DEADLINE = 1        # seconds, the timeout of the client
NOT_NOW, NEVER = "451 4.3.0 not now", "554 5.7.1 never"
NUL_AT = 8          # of a reply
LINE = 8192
MANY = 1000

# What follows.
USUAL = "all goes on as usual"
RELAY = "no message is touched"
DEFERRED = "those concerned are deferred"
FAILED = "those concerned have failed"
DOUBTFUL = "a possible duplicate"
ANY = "as usual, no message is touched, or a possible duplicate"

# What a step is about.
SESSION, MESSAGE, RECIPIENT, END, COURTESY = range(5)


@dataclasses.dataclass(frozen=True)
class Wire:
    """What the smarthost offers."""
    tls: str
    keywords: tuple

    @property
    def pipelined(self):
        return "PIPELINING" in self.keywords

    @property
    def chunked(self):
        return "CHUNKING" in self.keywords


PLAIN = ("8BITMIME", "ENHANCEDSTATUSCODES", "SIZE")
WIRES = {
    "TLS": Wire("implicit", PLAIN),
    "TLS, pipelining": Wire("implicit", (*PLAIN, "PIPELINING")),
    "TLS, chunking": Wire("implicit", (*PLAIN, "CHUNKING")),
    "STARTTLS, pipelining, chunking": Wire(
        "starttls", (*PLAIN, "PIPELINING", "CHUNKING")),
}


@dataclasses.dataclass(frozen=True)
class Step:
    """A place in the dialogue: the step of the script, and its visits
    before."""
    script: str
    about: int = SESSION
    before: int = 0
    mechanism: str = "PLAIN"
    clear: bool = False         # it is before TLS
    in_data: bool = False       # the message may be on its way
    refused: bool = False       # somebody is refused before
    on: Callable[[Wire], bool] = lambda wire: True


def with_starttls(wire):
    return wire.tls == "starttls"


def without_extensions(wire):
    return not (wire.pipelined or wire.chunked)


def with_data(wire):
    return not wire.chunked


def pipelined(wire):
    return wire.pipelined


STEPS = {
    "connecting": Step("connect", clear=True),
    "the handshake": Step("tls", clear=True),
    "the greeting": Step("greeting"),
    "EHLO": Step("ehlo"),
    "STARTTLS": Step("starttls", on=with_starttls),
    "EHLO under TLS": Step("ehlo", before=1, on=with_starttls),
    "AUTH PLAIN": Step("auth"),
    "AUTH LOGIN, user": Step("challenge", mechanism="LOGIN",
                             on=without_extensions),
    "AUTH LOGIN, password": Step("challenge", before=1, mechanism="LOGIN",
                                 on=without_extensions),
    "AUTH SCRAM, first": Step("challenge", mechanism="SCRAM-SHA-256",
                              on=without_extensions),
    "AUTH SCRAM, final": Step("challenge", before=1, on=without_extensions,
                              mechanism="SCRAM-SHA-256"),
    "AUTH SCRAM": Step("auth", mechanism="SCRAM-SHA-256",
                       on=without_extensions),
    "MAIL": Step("mail", MESSAGE),
    "MAIL in flight": Step("mail", MESSAGE, before=4, on=pipelined),
    "RCPT": Step("rcpt", RECIPIENT),
    "the second RCPT": Step("rcpt", RECIPIENT, before=1),
    "RCPT in flight": Step("rcpt", RECIPIENT, before=6, on=pipelined),
    "DATA": Step("data", MESSAGE, on=with_data),
    "the content": Step("content", MESSAGE, in_data=True),
    "the end of data": Step("end", END, in_data=True),
    "the end in flight": Step("end", END, before=3, in_data=True,
                              on=pipelined),
    "RSET": Step("rset", refused=True),
    "QUIT": Step("quit", COURTESY),
}


@dataclasses.dataclass(frozen=True)
class Fault:
    action: Action
    leads: Optional[str] = RELAY    # where a reply is about the session
    effect: Optional[Callable] = None   # on the channel, before the action


# What the steps without a reply of their own are dripped and broken with.
STAND_IN = b"220 localhost ESMTP\r\n"

# The beginning of a ServerHello that is as long as a record may be.
HELLO = b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc\x03\x03" + b"\0" * 500


# A record as of TLS, which nobody has signed.
FORGED = b"\x17\x03\x03\x00\x30" + b"\xa5" * 48


def instead(change):
    """An action that changes the usual reply."""
    return Action(text=lambda usual: change(usual or STAND_IN))


def last_line(usual):
    return usual.splitlines(keepends=True)[-1]


def padded(usual, size):
    return last_line(usual)[:-2] + b" " + b"x" * size + b"\r\n"


def repeated(usual, count):
    line = last_line(usual)
    return (line[:3] + b"-" + line[4:]) * count + line


def another_code(usual):
    code = b"250" if usual.startswith((b"3", b"235")) else b"354"
    return code + usual[3:]


def with_nul(usual):
    line = last_line(usual)
    return line[:NUL_AT] + b"\0" + line[NUL_AT:]


FAULTS = {
    "4xx": Fault(reply(NOT_NOW), DEFERRED),
    "5xx": Fault(reply(NEVER), FAILED),
    "421": Fault(reply("421 4.3.2 going down").then("drop")),
    "421 and no more": Fault(reply("421 4.3.2 going down").then("hang")),
    "close": Fault(drop(), DOUBTFUL),
    "reset": Fault(reset(), DOUBTFUL),
    "hang": Fault(hang(), DOUBTFUL),
    "an octet at a time": Fault(dataclasses.replace(
        instead(lambda usual: padded(usual, 500)), pace=DEADLINE / 5),
        DOUBTFUL),
    "garbage": Fault(garbage().then("drop"), DOUBTFUL),
    "a NUL": Fault(instead(with_nul), DOUBTFUL),
    "a line of 8 KB": Fault(
        instead(lambda usual: padded(usual, LINE)), DOUBTFUL),
    "a line of 12 MB": Fault(
        instead(lambda usual: padded(usual, 12 << 20)), DOUBTFUL),
    "a reply of 1,000 lines": Fault(
        instead(lambda usual: repeated(usual, MANY)), DOUBTFUL),
    "lines without end": Fault(
        instead(lambda usual: repeated(usual, 200 * MANY)[:-50]), DOUBTFUL),
    "no CRLF": Fault(
        instead(lambda usual: usual.rstrip()).then("hang"), DOUBTFUL),
    "no CRLF, close": Fault(
        instead(lambda usual: usual.rstrip()).then("drop"), DOUBTFUL),
    "the end of TLS": Fault(drop(), DOUBTFUL,
                            effect=lambda channel: channel.close_tls()),
    "no TLS any more": Fault(drop(), DOUBTFUL, effect=lambda channel:
                             channel.send_raw(STAND_IN)),
    "a forged record": Fault(drop(), DOUBTFUL, effect=lambda channel:
                             channel.send_raw(FORGED)),
    "a mere LF": Fault(
        instead(lambda usual: usual.replace(b"\r\n", b"\n")), USUAL),
    "another code": Fault(instead(another_code)),
    "no code at all": Fault(reply("ok"), DOUBTFUL),
    "half of a reply": Fault(
        instead(lambda usual: b"250-half\r\n").then("hang"), DOUBTFUL),
    "replies too many": Fault(
        instead(lambda usual: usual + b"250 2.0.0 ok\r\n" * 3), ANY),
    "reply before its command": Fault(
        instead(lambda usual: usual + b"250 2.0.0 ok\r\n"), ANY),
    "two replies in one": Fault(
        instead(lambda usual: usual[:-2] + b"\r" + usual), ANY),
}
EARLY = "reply before its command"
LIES = (EARLY, "replies too many", "two replies in one")


def concerns(step, fault, wire):
    """Whether the fault can be at this step of such a dialogue."""
    if not step.on(wire):
        return False
    # Before TLS nothing is said; a smarthost that is late has its own row.
    if step.script == "content":
        return fault in ("421", "close", "reset", "hang", "garbage",
                         "an octet at a time")
    return True


def follows(step, fault, wire):
    """What must come of it: one of the above."""
    leads = FAULTS[fault].leads
    if step.about == COURTESY:
        return USUAL
    if step.clear and (step.script == "tls" or wire.tls == "implicit"):
        return RELAY
    if step.script == "connect" and leads != DOUBTFUL and fault != "421" and \
            fault != "421 and no more":
        return ANY      # a greeting too many
    if step.script == "content":
        return ANY
    if leads in (DEFERRED, FAILED):
        return RELAY if step.about == SESSION else leads
    if leads == DOUBTFUL and step.about != END:
        return RELAY
    return leads


def may_doubt(step, wire):
    """Whether a whole message may be with the smarthost by then."""
    return step.in_data or (wire.pipelined and step.about != SESSION) or \
        step.script == "rset"


class Sabotage(Script):
    """The fault at its step, once or each time, until it is over."""

    def __init__(self, wire, step, fault, always=False):
        super().__init__()
        self.step = step
        self.fault = fault
        # Where the end of data goes out with all else, no reply to it can be
        # told from others: a good one too many is as good as a yes to it.
        self.takes = fault not in LIES or (wire.pipelined and wire.chunked)
        self.always = always
        self.over = False
        self.done = []          # the sessions, and when
        self.refused = []       # recipients that had a 5xx or 4xx
        self.guard = threading.Lock()

    def choose(self, session, *steps):
        with self.guard:
            return self.decide(session, steps)

    def decide(self, session, steps):
        if self.over:
            return Action()
        # Who lies like that does not take the message either, but for one
        # to which it has said yes before.
        if "end" in steps and not self.takes and self.done and \
                self.done[-1][0] is session and not session.channel.owed:
            return reply(NOT_NOW)
        if self.step.refused and "rcpt" in steps and not self.done:
            self.refused.append(steps[0].partition(":")[2])
            return reply(NEVER)
        if self.step.script not in steps:
            return Action()
        self.visits[self.step.script] += 1
        if self.visits[self.step.script] <= self.step.before or \
                (self.done and not self.always):
            return Action()
        self.done.append((session, time.monotonic()))
        if self.fault == EARLY:
            session.channel.owed = 2
        if "rcpt" in steps:
            self.refused.append(steps[0].partition(":")[2])
        fault = FAULTS[self.fault]
        if fault.effect:
            fault.effect(session.channel)
        action = fault.action
        if self.step.script == "tls" and action.pace:
            return dataclasses.replace(action, text=HELLO)
        return action
