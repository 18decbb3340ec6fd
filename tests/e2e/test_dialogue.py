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
    """A transaction is one flight, and a flight is whole transactions."""
    before, between, last = capture("implicit TLS with CHUNKING")
    assert before == [["EHLO"], ["AUTH"]] and last == ["QUIT"]
    transaction = ["MAIL", "RCPT", "BDAT", "message"]
    assert sum(between, []) == transaction * COUNT
    assert between[0] == transaction
    assert all(flight[:4] == transaction for flight in between)
    assert len(between) <= COUNT


def test_pipelining(capture):
    """DATA ends a flight: the go-ahead has to be waited for."""
    before, between, last = capture("STARTTLS with PIPELINING only")
    assert before == [["EHLO"], ["STARTTLS"], ["EHLO"], ["AUTH"]]
    assert last == ["QUIT"] and between[0] == ["MAIL", "RCPT", "DATA"]
    transaction = ["MAIL", "RCPT", "DATA", "message", "."]
    assert sum(between, []) == transaction * COUNT
    assert all("DATA" not in flight[:-1] for flight in between)
    assert len(between) <= 2 * COUNT


def test_neither(capture):
    """Every command waits for its reply."""
    before, between, last = capture("STARTTLS with neither")
    assert before == [["EHLO"], ["STARTTLS"], ["EHLO"], ["AUTH"]]
    assert between == [["MAIL"], ["RCPT"], ["DATA"],
                       ["message", "."]] * COUNT
    assert last == ["QUIT"]
