"""The call graph of a crate, from the LLVM IR that the compiler wrote for it.

A node is a symbol: a function, an instance of a generic one, a constant or a vtable. An edge is a
mention, so a function that is only passed on counts as called. A call of a method of a trait object
leads to what is in the same place of every vtable of a trait of the crate, if it is of the type that is
called. What else is called through a pointer is not known; the function that made the pointer has the
edge.
"""

import dataclasses
import os
import re

SYMBOL = re.compile(r'@(?:"([^"]*)"|([\w.$-]+))')
TEXT = re.compile(r'\bc"[^"]*"')
DEBUG = re.compile(r"!dbg !(\d+)")
OWN_TYPE = re.compile(r"!kcfi_type !(\d+)")
CALLED_TYPE = re.compile(r' (%[\w.]+)\(.*"kcfi"\(i32 (-?\d+)\)')
# How a method is taken out of a vtable: the place is computed, and what is there is loaded.
VTABLE_PLACE = re.compile(r" (%[\w.]+) = getelementptr inbounds i8, ptr %[\w.]+, i64 (\d+)")
VTABLE_LOAD = re.compile(r" (%[\w.]+) = load ptr, ptr (%[\w.]+), .*!invariant.load")
# A part of a constant: so many bytes, or a pointer.
PART = re.compile(r'\[(\d+) x i8\]|\bptr (?:@(?:"([^"]*)"|([\w.$-]+))|null)')
POINTER_SIZE = 8
METADATA = re.compile(r"!(\d+) = (?:distinct )?!DI(\w+)\((.*)\)$")
NUMBER = re.compile(r"!(\d+) = !{i32 (-?\d+)}$")
VTABLE = re.compile(r"<.* as (?P<crate>\w+)::.*>::{vtable}$")
FIELD = {name: re.compile(rf"\b{name}: !?(\d+)") for name in ("file", "line", "var")}
NAMED = {name: re.compile(rf'\b{name}: "([^"]*)"') for name in ("name", "filename", "directory")}


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a symbol was written, and its plain name there."""

    name: str
    file: str
    line: int

    # It can stand for a node that the engine does not know.
    kind = "Unknown"

    def __str__(self):
        return f"unknown {self.name}"

    @property
    def first(self):
        return self.line

    @property
    def path(self):
        return self.name


@dataclasses.dataclass
class CallGraph:
    mentions: dict
    places: dict
    # Those of traits of the crate.
    vtables: set

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


def read(path, crate):
    """Reads a file of LLVM IR as text."""
    mentions, debug, metadata, numbers, types, called, slots = {}, {}, {}, {}, {}, {}, {}
    inside = None
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            first = line[0]
            if inside is not None:
                if first == "}":
                    inside = None
                    continue
                if "@" in line:
                    mentions[inside].update(dict.fromkeys(symbols_of(TEXT.sub("", line))))
                if found := VTABLE_PLACE.search(line):
                    loaded[found[1]] = int(found[2])
                elif found := VTABLE_LOAD.search(line):
                    loaded[found[1]] = loaded.get(found[2])
                elif (found := CALLED_TYPE.search(line)) and loaded.get(found[1]) is not None:
                    called[inside].add((loaded[found[1]], found[2]))
            elif first in "d@" and not line.startswith("declare"):
                head = TEXT.sub("", line)
                symbol, *others = symbols_of(head)
                if found := DEBUG.search(head):
                    debug[symbol] = found[1]
                # The personality in a function's head is the unwinder, which leads nowhere.
                mentions[symbol] = {} if first == "d" else dict.fromkeys(others)
                if first == "d":
                    inside, called[symbol], loaded = symbol, set(), {}
                    if found := OWN_TYPE.search(head):
                        types[symbol] = found[1]
                elif symbol.startswith("vtable"):
                    slots[symbol] = list(slots_of(head))
            elif first == "!" and (found := METADATA.match(line)):
                if found[2] in ("Subprogram", "File", "GlobalVariable", "GlobalVariableExpression"):
                    metadata[found[1]] = found[2], found[3]
            elif first == "!" and (found := NUMBER.match(line)):
                numbers[found[1]] = found[2]
    methods, vtables = {}, set()
    for symbol, number in debug.items():
        vtable = VTABLE.match(NAMED["name"].search(variable(number, metadata))[1])
        if not vtable or vtable["crate"] != crate:
            continue
        vtables.add(symbol)
        for slot, method in slots[symbol]:
            # Every value can be dropped, so the type of that tells nothing apart.
            if method in types and "drop_in_place" not in method:
                methods.setdefault((slot, numbers[types[method]]), {})[method] = None
    for symbol, known in called.items():
        for slot_and_type in known:
            mentions[symbol].update(methods.get(slot_and_type, {}))
    places = {symbol: place_of(number, metadata) for symbol, number in debug.items()}
    places = {symbol: place for symbol, place in places.items() if place}
    return CallGraph(mentions, places, vtables)


def slots_of(head):
    """The symbols in a vtable, each with its distance from the start."""
    at = 0
    # The value comes after the type, and both are in such brackets.
    for size, quoted, plain in PART.findall(head.split("<{")[2]):
        if quoted or plain:
            yield at, quoted or plain
        at += int(size or POINTER_SIZE)


def variable(number, metadata):
    """The fields of what a symbol's debug information describes."""
    kind, fields = metadata[number]
    return metadata[FIELD["var"].search(fields)[1]][1] if kind.endswith("Expression") else fields


def place_of(number, metadata):
    fields = variable(number, metadata)
    file, line = FIELD["file"].search(fields), FIELD["line"].search(fields)
    if not file or not line:
        return None
    described = metadata[file[1]][1]
    folder, name = NAMED["directory"].search(described)[1], NAMED["filename"].search(described)[1]
    # The file of the crate's root is followed by the name of the object file.
    path = os.path.normpath(os.path.join(folder, name.split("/@/")[0]))
    return Place(NAMED["name"].search(fields)[1].split("<")[0], path, int(line[1]))
