"""Expressions of attention definitions as trees: text, magnitudes, and smaller
trees for the search of the smallest one that fails."""

import dataclasses
import itertools

# What stands for anything when a tree shrinks.
LEAVES = {"number": ["1.0", "0.5"], "vector": ["q", "k"], "integer": ["j", "1"], "truth": ["true", "j <= i"]}


@dataclasses.dataclass(frozen=True, eq=False)
class Captured:
    """A tensor or number that a definition takes beside its three operands."""

    element: str
    sizes: tuple  # of expressions of sizes; None for a number
    values: str  # for attn-run's --input: "random:{seed}:0..3", or a literal in the call

    @property
    def is_literal(self):
        return self.sizes is None and "random" not in self.values and "integers" not in self.values


class Node:
    """`text` is a form with {0}, {1} for the parts and {c0}, {c1} for captured
    tensors. No number of the tree is past `magnitude` (for vectors, no element)."""

    def __init__(self, kind, text, parts=(), captured=(), magnitude=1.0):
        self.kind, self.text, self.magnitude = kind, text, magnitude
        self.parts, self.captured = tuple(parts), tuple(captured)

    def render(self, names):
        texts = [part.render(names) for part in self.parts]
        return self.text.format(*texts, **{f"c{n}": names[c] for n, c in enumerate(self.captured)})

    def all_captured(self):
        yield from self.captured
        for part in self.parts:
            yield from part.all_captured()

    def size(self):
        return 1 + sum(part.size() for part in self.parts)

    def replace(self, n, part):
        parts = self.parts[:n] + (part,) + self.parts[n + 1 :]
        return Node(self.kind, self.text, parts, self.captured, self.magnitude)

    def smaller(self):
        """Trees of the same kind with less in them, the smallest first."""
        if self.parts or self.captured:
            for leaf in LEAVES[self.kind]:
                yield Node(self.kind, leaf)
        inside = [part for part in self.parts if part.kind == self.kind]
        yield from sorted(inside, key=Node.size)
        for n, part in enumerate(self.parts):
            for less in part.smaller():
                yield self.replace(n, less)


def leaf(kind, text, magnitude=1.0):
    return Node(kind, text, magnitude=magnitude)


def number(value):
    text = repr(float(value))
    return Node("number", text if value >= 0 else f"({text})", magnitude=abs(value))


def names_of(nodes):
    """A name for each captured tensor of the trees, in the order they appear."""
    names = {}
    for captured in itertools.chain.from_iterable(node.all_captured() for node in nodes):
        names.setdefault(captured, f"t{len(names)}")
    return names
