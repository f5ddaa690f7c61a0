"""Random attention definitions. A seed is a definition with its sizes and
inputs; `draw(seed)` is always the same."""

import dataclasses
import random
import re

from expressions import Node, names_of
from masks import Masks
from scores import Arithmetic

# Sizes around the edges of tiles and vectors.
EDGES = [1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129]
LARGE = [64, 65, 72, 80, 96, 100, 127, 128, 256]  # of depth and features, which are mostly below 41
MOST_PAIRS = 40_000  # of batch, head, query and key: the interpreter takes its time
WHOLE_IN_F32 = 2**24
EXACT_SHARE = 1 / 3
# The order of the axes: batch, queries, heads, depth and so on.
OPERANDS = {
    "q": ("batch", "queries", "heads", "depth"),
    "k": ("batch", "keys", "kv_heads", "depth"),
    "v": ("batch", "keys", "kv_heads", "features"),
}


@dataclasses.dataclass(frozen=True)
class Definition:
    seed: int
    exact: bool
    shape: dict  # of batch, queries, …: what they are
    dims: frozenset  # those that the program learns when it runs
    types: tuple  # of q, k and v
    same: bool  # self-attention: queries are keys, one size
    score: Node | None
    keep: Node | None
    weight: Node | None

    def nodes(self):
        return [node for node in (self.score, self.keep, self.weight) if node]

    def size(self):
        return sum(node.size() for node in self.nodes()), sum(self.shape.values()), len(self.dims)

    def with_shape(self, **sizes):
        shape = dict(self.shape, **sizes)
        if self.same:
            shape["keys"] = shape["queries"]
        return dataclasses.replace(self, shape=shape)

    # ---- as text ----

    def _symbol(self, size, suffix):
        size = "queries" if self.same and size == "keys" else size
        return f"{size}{suffix}" if size in self.dims else str(self.shape[size])

    def _type(self, element, sizes, suffix):
        if sizes is None:
            return element
        texts = [re.sub(r"[a-z_]+", lambda found: self._symbol(found[0], suffix), size) for size in sizes]
        return f"{element}[{', '.join(texts)}]"

    def text(self, suffix=""):
        """Declarations that can stand in a file with others of another suffix."""
        names = names_of(self.nodes())
        out = ""
        if self.dims:
            dims = sorted({self._symbol(size, suffix) for size in self.dims})
            out += f"dim {', '.join(dims)}\n"
        parameters = "".join(
            f", {name}: {c.element}" + (f"[{', '.join(c.sizes)}]" if c.sizes else "") for c, name in names.items()
        )
        out += f"attention attention{suffix}(q, k, v{parameters}) {{\n"
        for line in ("score", "keep", "weight"):
            if node := getattr(self, line):
                out += f"  {line} = {node.render(names)}\n"
        out += "}\n"
        inputs = [f"{name}: {self._type(element, axes, suffix)}"
                  for (name, axes), element in zip(OPERANDS.items(), self.types)]
        inputs += [f"{name}: {self._type(c.element, c.sizes, suffix)}" for c, name in names.items() if not c.is_literal]
        arguments = "".join(f", {c.values if c.is_literal else name}" for c, name in names.items())
        result = self._type(self.types[2], ("batch", "queries", "heads", "features"), suffix)
        out += f"model model{suffix}({', '.join(inputs)})\n    -> {result} {{ return attention{suffix}(q, k, v{arguments}) }}\n"
        return out

    def inputs(self):
        """The values of attn-run's --input."""
        out = []
        for n, ((name, axes), element) in enumerate(zip(OPERANDS.items(), self.types)):
            sizes = "x".join(str(self.shape[axis]) for axis in axes)
            values = f"integers:{n + 1}:-3..4" if self.exact else f"random:{n + 1}"
            out.append(f"{name}={sizes}x{element}={values}")
        for n, (captured, name) in enumerate(names_of(self.nodes()).items()):
            if captured.is_literal:
                continue
            sizes = [str(eval(size, {}, self.shape)) for size in captured.sizes or ()]
            values = captured.values.format(seed=n + 4)
            out.append(f"{name}={'x'.join(sizes + [captured.element])}={values}")
        return out


def draw_size(rng, most):
    if rng.random() < 0.6:
        return rng.choice([size for size in EDGES if size <= most])
    return rng.randint(1, most)


def draw_shape(rng, same, exact):
    kv_heads = rng.choice([1, 1, 2, 3])
    shape = {
        "batch": rng.choice([1, 1, 2, 3]),
        "queries": draw_size(rng, 150),
        "keys": draw_size(rng, 150),
        "heads": kv_heads * rng.choice([1, 1, 2, 3, 4]),
        "kv_heads": kv_heads,
        "depth": draw_size(rng, 40) if rng.random() < 0.85 else rng.choice(LARGE),
        "features": draw_size(rng, 40) if rng.random() < 0.85 else rng.choice(LARGE),
    }
    if same:
        shape["keys"] = shape["queries"]
    while shape["batch"] * shape["heads"] * shape["queries"] * shape["keys"] > MOST_PAIRS:
        if shape["batch"] > 1:
            shape["batch"] -= 1
        elif shape["heads"] > shape["kv_heads"]:
            shape["heads"] = shape["kv_heads"]
        elif shape["kv_heads"] > 1:
            shape["heads"] = shape["kv_heads"] = 1
        else:
            break
    return shape


def draw_types(rng, exact):
    r = rng.random()
    if r < 0.75:
        return "f32", "f32", "f32"
    half = rng.choice(["bf16", "f16"])
    if exact or r < 0.82:  # the result has the type of the values
        return half, half, "f32"
    return ("f32", "f32", half) if r < 0.87 else (half, half, half)


def is_exact(shape, score, weight):
    """Whether f32 holds every sum of the values."""
    largest = weight.magnitude * 3.0 * shape["keys"]
    return max(largest, score.magnitude, weight.magnitude) < WHOLE_IN_F32


def draw(seed):
    rng = random.Random(seed)
    exact = rng.random() < EXACT_SHARE
    same = rng.random() < 0.4
    shape = draw_shape(rng, same, exact)
    dims = frozenset(size for size in ("batch", "queries", "keys") if rng.random() < 0.35 and not (same and size == "keys"))
    types = draw_types(rng, exact)
    arithmetic, masks = Arithmetic(rng, shape, exact), Masks(rng)
    while True:
        score = None if not exact and rng.random() < 0.1 else arithmetic.score()
        weight = arithmetic.weight(score.magnitude if score else 2.0)
        if not exact or is_exact(shape, score, weight):
            break
    return Definition(seed, exact, shape, dims, types, same, score, masks.keep(), weight)
