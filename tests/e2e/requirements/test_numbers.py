"""Every requirement has a test that names its number."""

import pathlib
import re

REQUIREMENTS = 64


def test_every_requirement_has_a_test():
    directory = pathlib.Path(__file__).parent
    named = {int(number) for path in directory.glob("test_*.py")
             for number in re.findall(r"(?m)^def test_r(\d\d)_",
                                      path.read_text(encoding="utf-8"))}
    assert named == set(range(1, REQUIREMENTS + 1))
