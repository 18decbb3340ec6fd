"""What onehopctl --help says, verb by verb."""

import os
import re

from harness import program, run


def verbs():
    """What follows each verb; [filter ...] is what "filter: ..." has."""
    if not os.access(program("onehopctl"), os.X_OK):
        return {}
    found, terms, last = {}, {}, None
    for line in run([program("onehopctl"), "--help"]).stdout.splitlines():
        verb = re.search(r"onehopctl \[-C file\] (\S+)(.*)", line)
        term = re.match(r"([a-z]+): (?!onehopctl)(.*)", line)
        if verb:
            last, key = found, verb[1]
            found[key] = verb[2]
        elif term:
            last, key = terms, term[1]
            terms[key] = term[2]
        elif last is not None and re.match(r"  |-", line):
            last[key] += " " + line.strip()
    for verb, text in found.items():
        for name, meaning in terms.items():
            found[verb] = found[verb].replace(
                f"[{name} ...]", re.sub(r"-\S+ [^\s-]\S*", r"[\g<0>]",
                                        meaning))
    return found


def options(text):
    return set(re.findall(r"(?<![-\w])--?[A-Za-z0-9][-\w]*", text))
