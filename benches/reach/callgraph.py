"""The call graph of a crate, from the LLVM IR that the compiler wrote for it.

A node is a symbol: a function, an instance of a generic one, a constant or a vtable. An edge is a
mention, so a function that is only passed on counts as called. What is called through a pointer is
not known; the function that made the pointer has the edge.
"""

import dataclasses
import os
import re

SYMBOL = re.compile(r'@(?:"([^"]*)"|([\w.$-]+))')
TEXT = re.compile(r'\bc"[^"]*"')
DEBUG = re.compile(r"!dbg !(\d+)")
METADATA = re.compile(r"!(\d+) = (?:distinct )?!DI(\w+)\((.*)\)$")
FIELD = {name: re.compile(rf"\b{name}: !?(\d+)") for name in ("file", "line", "var")}
NAMED = {name: re.compile(rf'\b{name}: "([^"]*)"') for name in ("name", "filename", "directory")}


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a symbol was written, and its plain name there."""

    name: str
    file: str
    line: int


@dataclasses.dataclass
class CallGraph:
    mentions: dict
    places: dict

    def reached(self, starts, barred):
        """What can be reached, with the symbol through which it was reached first: the nearest."""
        through = {start: None for start in starts}
        queue = list(through)
        for symbol in queue:
            for next_one in self.mentions.get(symbol, ()):
                if next_one not in through and next_one not in barred:
                    through[next_one] = symbol
                    queue.append(next_one)
        return through


def symbols_of(line):
    return [quoted or plain for quoted, plain in SYMBOL.findall(line)]


def read(path):
    """Reads a file of LLVM IR as text."""
    mentions, debug, metadata = {}, {}, {}
    inside = None
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            first = line[0]
            if inside is not None:
                if first == "}":
                    inside = None
                elif "@" in line:
                    inside.update(dict.fromkeys(symbols_of(TEXT.sub("", line))))
            elif first in "d@":
                if line.startswith("declare"):
                    continue
                head = TEXT.sub("", line)
                symbol, *others = symbols_of(head)
                if found := DEBUG.search(head):
                    debug[symbol] = found[1]
                # The personality in a function's head is the unwinder, which leads nowhere.
                mentions[symbol] = {} if first == "d" else dict.fromkeys(others)
                inside = mentions[symbol] if first == "d" else None
            elif first == "!" and (found := METADATA.match(line)):
                if found[2] in ("Subprogram", "File", "GlobalVariable", "GlobalVariableExpression"):
                    metadata[found[1]] = found[2], found[3]
    places = {symbol: place_of(number, metadata) for symbol, number in debug.items()}
    return CallGraph(mentions, {symbol: place for symbol, place in places.items() if place})


def place_of(number, metadata):
    kind, fields = metadata[number]
    if kind == "GlobalVariableExpression":
        kind, fields = metadata[FIELD["var"].search(fields)[1]]
    file, line = FIELD["file"].search(fields), FIELD["line"].search(fields)
    if not file or not line:
        return None
    described = metadata[file[1]][1]
    folder, name = NAMED["directory"].search(described)[1], NAMED["filename"].search(described)[1]
    # The file of the crate's root is followed by the name of the object file.
    path = os.path.normpath(os.path.join(folder, name.split("/@/")[0]))
    return Place(NAMED["name"].search(fields)[1].split("<")[0], path, int(line[1]))
