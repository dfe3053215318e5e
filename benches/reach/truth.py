"""What really happens, in terms of the engine's nodes: the compiler's call graph without its tests."""

import collections
import re


class Truth:
    def __init__(self, graph, plain, with_tests, directory):
        """Takes the call graph, and what the engine says of the crate without and with its tests."""
        self.graph = graph
        # In which node a symbol was written, or at which place, if the engine knows no node there.
        self.holder, self.barred = {}, set()
        self.symbols = collections.defaultdict(list)
        for symbol, place in graph.places.items():
            if not place.file.startswith(f"{directory}/"):
                continue
            # Which allocator a program uses has no part in what its functions return.
            if place.name.startswith("__rust_"):
                self.barred.add(symbol)
            elif node := plain.holder(place):
                self.holder[symbol] = node
                self.symbols[node].append(symbol)
            elif self.is_of_tests(place, plain, with_tests) or symbol.endswith("4main"):
                # A test is called by what it hands its own types to, but not in the crate as such.
                self.barred.add(symbol)
            else:
                self.holder[symbol] = place
        self.own = set(self.holder.values())
        traits = {path.rpartition("::")[2] for path in plain.traits}
        for vtable in graph.vtables:
            # Methods of the trait, and of those above it, can only be called where such a call stands,
            # which has the edge.
            graph.mentions[vtable] = [
                symbol
                for symbol in graph.mentions[vtable]
                if trait_of(self.holder.get(symbol)) not in traits
            ]

    def reached(self, root):
        """The nodes that a function reaches, each with the first symbol that leads there, and each
        symbol with the one before it; then the closures that only a caller can have handed in."""
        handed_in = set()
        while True:
            through = self.graph.reached(self.symbols[root], self.barred | handed_in)
            nodes, written = {}, {root}
            for symbol in through:
                if symbol in self.holder:
                    nodes.setdefault(self.holder[symbol], symbol)
                    if not self.is_closure(symbol):
                        written.add(self.holder[symbol])
            # A closure comes from the function around it. If that one is not reached, the closure is
            # what a type parameter or a pointer stands for when somebody else calls the root.
            foreign = [node for node in nodes if node.kind == "Function" and node not in written]
            if not foreign:
                return nodes, through, handed_in
            closures = (symbol for node in foreign for symbol in self.symbols[node])
            handed_in.update(filter(self.is_closure, closures))

    @staticmethod
    def is_of_tests(place, plain, with_tests):
        """Whether only the crate's tests have this place, or all of the file that it is in."""
        of_file = with_tests.by_file[place.file] and not plain.by_file[place.file]
        return of_file or with_tests.holder(place)

    def is_argument(self, root, node):
        """Whether a function stands for one of the root's type parameters in some instance."""
        own, name = (one.path.rpartition("::")[2] for one in (root, node))
        for symbol in self.symbols[root]:
            # An instance's symbol holds its type arguments behind its own name, and every name
            # behind its length.
            arguments = symbol.partition(f"{len(own)}{own}")[2]
            if symbol.startswith("_RI") and f"{len(name)}{name}" in arguments:
                return True
        return False

    def is_closure(self, symbol):
        return self.graph.places[symbol].name.startswith("{closure")

    def chain(self, through, symbol):
        """The symbols from a root to this one, as nodes where they are in nodes, else as places."""
        steps = []
        while symbol is not None:
            step = self.holder.get(symbol) or self.graph.places.get(symbol)
            if step and step not in steps[-1:]:
                steps.append(step)
            symbol = through[symbol]
        return steps[::-1]


def trait_of(node):
    """The plain name of the trait that a method belongs to, or else of what it is in."""
    found = node and re.search(r"(?:::| as )(\w+)(?:<.*>)?>?::\w+$", node.path)
    return found and found[1]
