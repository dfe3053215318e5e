"""Judges the engine's reach by the compiler's call graph. See run.sh."""

import argparse
import collections
import random
import statistics
import sys

import callgraph
import classes
import engine
import packages
import truth

SEED = 20
ROOTS = 200


class Judgement:
    """What was found out about one package."""

    def __init__(self, package, program):
        compiled = packages.compile(package)
        self.package, self.directory = package, compiled.directory
        self.engine = engine.ask(program, compiled, with_tests=False)
        with_tests = engine.ask(program, compiled, with_tests=True)
        graph = callgraph.read(compiled.llvm_ir, package.crate)
        self.truth = truth.Truth(graph, self.engine, with_tests, compiled.directory)
        known = [node for node in self.engine.roots() if node in self.truth.symbols]
        known.sort(key=lambda node: (node.file, node.first, node.path))
        self.known = len(known)
        self.roots = random.Random(SEED).sample(known, min(ROOTS, len(known)))
        self.missed, self.excepted = [], collections.Counter()
        self.reached, self.true = [], []
        self.excess = collections.Counter()
        for root in self.roots:
            self.judge(root)

    def judge(self, root):
        reached = self.engine.reached(root)
        nodes, through, handed_in = self.truth.reached(root)
        self.excepted.update([classes.HANDED_IN] * len(handed_in))
        self.true.append(count(nodes))
        self.reached.append(count(reached))
        for node, symbol in nodes.items():
            if node in reached:
                continue
            chain = self.truth.chain(through, symbol)
            steps = [step for step in chain if step in self.truth.own]
            caller, callee = first_missed(steps, reached)
            if self.truth.is_argument(root, callee):
                self.excepted[classes.HANDED_IN] += 1
            elif known := classes.class_of(self.package, caller.path, callee.path):
                self.excepted[known] += 1
            else:
                self.missed.append((caller, callee, root, chain))
        for node in self.engine.via[root]:
            if node.kind == "Function" and node not in nodes:
                chain = self.engine.chain(root, node)
                self.excess[first_excess(chain, nodes)] += 1

    @property
    def ratio(self):
        return statistics.mean(self.reached) / statistics.mean(self.true)

    @property
    def passed(self):
        limit = self.package.limit
        return not self.missed and (limit is None or self.ratio <= limit)

    def row(self):
        cells = [
            f"{self.package.name} {self.package.version}",
            len(self.engine.via),
            self.known,
            len(self.roots),
            f"{statistics.mean(self.true):.1f}",
            f"{statistics.mean(self.reached):.1f}",
            f"{self.ratio:.2f}",
            "-" if self.package.limit is None else self.package.limit,
            len(self.missed),
            sum(self.excepted.values()),
        ]
        return "| " + " | ".join(map(str, cells)) + " |"

    def details(self, blame):
        print(f"\n## {self.package.name}")
        for name, number in self.excepted.most_common():
            print(f"not counted, {number} times: {name} ({classes.CLASSES[name]})")
        causes = collections.defaultdict(list)
        for caller, callee, root, chain in self.missed:
            causes[caller, callee].append((root, chain))
        for (caller, callee), cases in sorted(causes.items(), key=lambda one: -len(one[1])):
            root, chain = min(cases, key=lambda one: len(one[1]))
            print(f"missed {len(cases)} times: {caller} -> {callee}, first as of {root}:")
            self.show(chain)
        worst = zip(self.reached, self.true, self.roots, strict=True)
        worst = sorted(worst, key=lambda one: one[0] / one[1], reverse=True)
        for reached, true, root in worst[:5]:
            print(f"reaches {reached} and calls {true}: {root}")
        for chain, number in self.excess.most_common(blame):
            print(f"{number} functions too many by: {' -> '.join(map(str, chain))}")

    def explain(self, root, callee):
        """Shows how the engine and how the compiler get from one function to another."""
        root, callee = self.one(root, self.engine.via), self.one(callee, self.engine.nodes)
        print(f"the engine comes from {root} to {callee}", end="")
        print(" by" if callee in self.engine.via[root] else " in no way")
        if callee in self.engine.via[root]:
            self.show(self.engine.chain(root, callee))
        nodes, through, _ = self.truth.reached(root)
        print("the compiler by" if callee in nodes else "the compiler in no way")
        if callee in nodes:
            self.show(self.truth.chain(through, nodes[callee]))

    def show(self, chain):
        for step in chain:
            name = str(step) if step in self.truth.own or step in self.engine.nodes else step.name
            # Of files elsewhere, the end says enough.
            file = (step.file or "").removeprefix(f"{self.directory}/")
            file = "/".join(file.split("/")[-4:]) if file.startswith("/") else file
            print(f"    {name}  {file}:{step.first}")

    def one(self, end, nodes):
        found = [n for n in nodes if n.path == end] or [n for n in nodes if n.path.endswith(end)]
        if not found:
            raise SystemExit(f"nothing in {self.package.name} has a path that ends with {end}")
        return found[0]


def count(nodes):
    return sum(node.kind == "Function" for node in nodes)


def first_missed(chain, reached):
    """The step of a true chain that the engine does not make."""
    steps = zip(chain, chain[1:], strict=False)
    return next((a, b) for a, b in steps if a in reached and b not in reached)


def first_excess(chain, nodes):
    """The part of an engine's chain that leads from the last true function to one that is not."""
    functions = [at for at, node in enumerate(chain) if node.kind == "Function"]
    wrong = next(at for at in functions if chain[at] not in nodes)
    right = max((at for at in functions if at < wrong), default=0)
    return tuple(chain[right : wrong + 1])


def main():
    known = {package.name: package for package in packages.PACKAGES}
    parser = argparse.ArgumentParser(description="Judges the engine's reach on real code.")
    parser.add_argument("packages", nargs="*", metavar="PACKAGE", help=", ".join(known))
    parser.add_argument("--blame", type=int, default=0, metavar="N")
    parser.add_argument("--explain", nargs=3, metavar=("PACKAGE", "ROOT", "CALLEE"))
    asked = parser.parse_args()
    for name in asked.packages + (asked.explain or [])[:1]:
        if name not in known:
            parser.error(f"{name} is none of {', '.join(known)}")
    program = engine.build()
    if asked.explain:
        name, root, callee = asked.explain
        Judgement(known[name], program).explain(root, callee)
        return 0
    judged = [Judgement(known[name], program) for name in asked.packages or known]
    titles = "package functions known roots called reached ratio limit missed excepted".split()
    print("| " + " | ".join(titles) + " |")
    print("|---" * len(titles) + "|")
    for judgement in judged:
        print(judgement.row())
    for judgement in judged:
        judgement.details(asked.blame)
    return 0 if all(judgement.passed for judgement in judged) else 1


if __name__ == "__main__":
    sys.exit(main())
