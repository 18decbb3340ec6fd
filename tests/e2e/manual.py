"""The manual pages as text: sections, examples, and what they name."""

import re

from harness import SOURCE

PAGES = {path.name: path for path in sorted((SOURCE / "man").glob("*.[1-8]"))}
ESCAPES = {r"\e": "\\", r"\(aq": "'", r"\&": "", r"\~": " ", r"\ ": " "}


def plain(text):
    """Text without the escapes of roff."""
    return re.sub(r"\\(?:\(..|.)", lambda match: ESCAPES[match[0]], text)


def words(line):
    """The arguments of a macro, quotes taken off."""
    return [plain(quoted or word) for quoted, word in
            re.findall(r'"([^"]*)"|(\S+)', line)]


class Part:
    """Lines of mdoc: a page, a section or an item."""

    def __init__(self, lines):
        self.lines = lines

    def divided(self, macro):
        """What follows each line with the macro, by its arguments."""
        found, rest = {}, None
        for line in self.lines:
            if line.startswith(f".{macro} "):
                rest = found.setdefault(" ".join(words(line[4:])), [])
            elif rest is not None:
                rest.append(line)
        return {title: Part(lines) for title, lines in found.items()}

    def examples(self):
        """Texts that stand as they are: .Bd -literal and .Dl."""
        found, block = [], None
        for line in self.lines:
            if line.startswith(".Bd -literal"):
                block = []
            elif line == ".Ed":
                found.append("".join(block))
                block = None
            elif block is not None:
                block.append(plain(line) + "\n")
            elif line.startswith(".Dl "):
                found.append(plain(line[4:]) + "\n")
        return found

    def marked(self, macro):
        """The arguments of a macro, wherever it stands in a line."""
        found = []
        for line in self.lines:
            if not line.startswith("."):
                continue
            on = False
            for word in words(line[1:]):
                if word == macro:
                    on = True
                elif re.fullmatch(r"[A-Z][a-z]", word):
                    on = False
                elif on and re.search(r"\w", word):
                    found.append(word)
        return found


class Page(Part):
    def __init__(self, name):
        super().__init__([line for line in PAGES[name].read_text().split("\n")
                          if not re.match(r"[.']\\\"", line)])
        self.name = name
        self.sections = self.divided("Sh")
