"""What the fingerprint engine says about a crate."""

import collections
import dataclasses
import functools
import json
import os
import pathlib
import re
import subprocess

from packages import REPOSITORY, WORK

# A function that the compiler knows is written inside one of these. Heads of `impl` blocks and
# traits are not among them: what stands in such a block is a node of its own.
HOLDERS = {"Function", "Type", "Constant", "Macro", "MacroCall"}


@dataclasses.dataclass(frozen=True)
class Node:
    """A part of fingerprints. Two of one place are two, if their paths differ."""

    kind: str
    path: str
    file: str
    first: int
    last: int
    # Whether it is one of the functions that can be a root.
    function: bool

    def __str__(self):
        return self.path if self.kind == "Function" else f"{self.kind.lower()} {self.path}"


class Reach:
    """The nodes of a crate, and for each function the nodes it reaches."""

    def __init__(self, lines, directory):
        nodes, self.via = [], {}
        for line in map(json.loads, lines):
            if "node" in line:
                file = line["file"] and os.path.normpath(os.path.join(directory, line["file"]))
                first, last = line["lines"] or (0, 0)
                nodes.append(Node(line["kind"], line["path"], file, first, last, line["function"]))
                continue
            steps = zip(line["reached"], line["via"], strict=True)
            self.via[nodes[line["root"]]] = {
                nodes[node]: None if via is None else nodes[via] for node, via in steps
            }
        self.nodes = nodes
        self.by_file = collections.defaultdict(list)
        for node in nodes:
            if node.file and node.kind in HOLDERS:
                self.by_file[node.file].append(node)

        self.inner = {
            node: [one for one in self.by_file[node.file] if one != node and is_in(one, node)]
            for node in nodes
            if node.kind == "Function"
        }
        self.traits = {node.path for node in nodes if node.kind == "Trait"}

    def roots(self):
        """The functions that can be cached: neither tests nor methods that a trait defines."""
        found = []
        for node in self.via:
            lines = self.text(node.file)[node.first - 1 : node.last]
            is_test = any(re.match(r"\s*#\[(\w+::)*test(_case)?\b", line) for line in lines)
            if not is_test and node.path.rpartition("::")[0] not in self.traits:
                found.append(node)
        return found

    @functools.cache
    def text(self, file):
        return pathlib.Path(file).read_text().splitlines()

    def holder(self, place):
        """The node in which something was written: the smallest, of equal ones that of its name."""
        around = [n for n in self.by_file[place.file] if n.first <= place.line <= n.last]
        named = lambda node: node.path.rsplit("::", 1)[-1] != place.name
        return min(around, key=lambda node: (node.last - node.first, named(node)), default=None)

    def reached(self, root):
        """What a function reaches. What is written inside of something is part of it."""
        functions = [node for node in self.via[root] if node.kind == "Function"]
        inside = (inner for node in functions for inner in self.inner[node])
        return set(self.via[root]).union(inside)

    def chain(self, root, node):
        """The steps by which the engine came from a function to a node."""
        steps = []
        while node is not None:
            steps.append(node)
            node = self.via[root][node]
        return steps[::-1]


def is_in(one, other):
    return other.first <= one.first and one.last <= other.last


def build():
    """Builds the program that asks the engine, and gives its path."""
    target_directory = WORK / "engine"
    command = ["cargo", "build", "--quiet", "--release", "--example", "reach"]
    command += ["--package", "larder-fingerprint", "--target-dir", str(target_directory)]
    subprocess.run(command, cwd=REPOSITORY, check=True)
    return target_directory / "release" / "examples" / "reach"


def ask(program, compiled, with_tests):
    """Asks about a crate as it is compiled for tests, or as it is otherwise."""
    arguments = [one for one in compiled.arguments if with_tests or one != "--test"]
    run = subprocess.run(
        [program, *arguments],
        cwd=compiled.directory,
        env=os.environ | compiled.variables,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Reach(run.stdout.splitlines(), compiled.directory)
