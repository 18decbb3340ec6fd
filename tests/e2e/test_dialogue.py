"""The dialogue of a session, flight by flight: see tests/dialogue."""

import pytest

import dialogue
from harness import PASSWORD, USER

COUNT = 7


@pytest.fixture
def capture(tmp_path, certificates):
    """The client's flights before the first transaction, of them, the last."""
    def capture(mode):
        flights, host = dialogue.capture(tmp_path, certificates, COUNT, USER,
                                         PASSWORD, **dialogue.MODES[mode])
        assert len(host.messages) == COUNT and host.violations == []
        said = [flight.verbs for flight in flights if flight.side == "C"]
        first = next(number for number, flight in enumerate(said)
                     if "MAIL" in flight)
        return said[:first], said[first:-1], said[-1]

    return capture


def test_chunking(capture):
    """A flight is whole transactions: at first one, then ever more."""
    before, between, last = capture("implicit TLS with CHUNKING")
    assert before == [["EHLO"], ["AUTH"]] and last == ["QUIT"]
    transaction = ["MAIL", "RCPT", "BDAT", "message"]
    assert sum(between, []) == transaction * COUNT
    assert between == [transaction, transaction * 4, transaction * 2]


def test_pipelining(capture):
    """The go-ahead to DATA has to be waited for, but the next envelope rides
    with the end of data, once a message was delivered."""
    before, between, last = capture("STARTTLS with PIPELINING only")
    assert before == [["EHLO"], ["STARTTLS"], ["EHLO"], ["AUTH"]]
    assert last == ["QUIT"]
    envelope, message = ["MAIL", "RCPT", "DATA"], ["message", "."]
    assert between == [envelope, message, envelope,
                       *[message + envelope] * (COUNT - 2), message]


def test_neither(capture):
    """Every command waits for its reply."""
    before, between, last = capture("STARTTLS with neither")
    assert before == [["EHLO"], ["STARTTLS"], ["EHLO"], ["AUTH"]]
    assert between == [["MAIL"], ["RCPT"], ["DATA"],
                       ["message", "."]] * COUNT
    assert last == ["QUIT"]
