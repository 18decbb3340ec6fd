"""A hostile or broken smarthost: each fault at each step of the dialogue."""

import concurrent.futures
import itertools

import pytest

import hostile
from cell import Cell

# Most of the time is spent waiting for deadlines.
AT_A_TIME = 6
# In the ordinary check: every so many cells, and no two of them alike.
ONE_OF = 41


def cells(fault):
    """All that there are of a fault, and those where it is there to stay."""
    found = [Cell(wire, step, fault)
             for wire, offered in hostile.WIRES.items()
             for step, place in hostile.STEPS.items()
             if hostile.concerns(place, fault, offered)]
    stays = [Cell("TLS, pipelining", step, fault, always=True)
             for step, place in hostile.STEPS.items()
             if hostile.concerns(place, fault, hostile.WIRES[
                 "TLS, pipelining"])]
    return found + stays


def sample(fault):
    """Some of each fault, at steps that differ from fault to fault."""
    number = list(hostile.FAULTS).index(fault)
    return list(itertools.islice(cells(fault), number % ONE_OF, None,
                                 ONE_OF))


def run_all(chosen, directory, certificates):
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
        return list(pool.map(
            lambda numbered: numbered[1].run(
                directory / str(numbered[0]), certificates),
            enumerate(chosen)))


@pytest.mark.parametrize("fault", hostile.FAULTS)
def test_at_every_step(fault, everything, tally, tmp_path, certificates):
    chosen = cells(fault) if everything else sample(fault)
    done = run_all(chosen, tmp_path, certificates)
    for cell in done:
        tally(f"smarthost: {fault} at each step", not cell.complaints)
    wrong = [f"{cell.name}:\n" + "\n".join(cell.complaints)
             for cell in done if cell.complaints]
    assert not wrong, "\n\n".join(wrong)
