"""Random chains of products and what follows them: activations, norms, sums."""

import dataclasses
import random

from attention_definitions import EDGES, EXACT_SHARE, WHOLE_IN_F32

MOST_STEPS = 5
WIDTHS = [size for size in EDGES if size <= 65] + [5, 12, 24, 48]
EXACT = ["relu({x})", "max({x}, 3 - {x})", "{x} - max({x}, along axis -1)", "{x} + sum({x}, along axis -1)",
         "{x} * 2 + 1"]
CLOSE = ["gelu({x})", "tanh({x})", "silu({x})", "softmax({x})", "{x} * rsqrt(mean({x} * {x}, along axis -1) + 0.1)",
         "{x} - mean({x}, along axis -1)", "unit({x})"]


@dataclasses.dataclass(frozen=True)
class Step:
    form: str  # of the value before
    width: int  # of its result
    weights: tuple = ()  # of (sizes, …) that it takes as inputs
    largest: float = 1.0


@dataclasses.dataclass(frozen=True)
class Chain:
    seed: int
    exact: bool
    rows: tuple  # sizes before the width
    dim: bool  # the last of `rows` is known when running
    width: int
    steps: tuple

    has_weights = property(lambda self: any("linear" in step.form or "_norm" in step.form for step in self.steps))

    def size(self):
        return len(self.steps), sum(self.rows) + self.width

    def sizes(self, width):
        return ", ".join([*map(str, self.rows[:-1]), "rows" if self.dim else str(self.rows[-1]), str(width)])

    def tensors(self):
        return [sizes for step in self.steps for sizes in step.weights]

    def text(self):
        inputs = [f"x: f32[{self.sizes(self.width)}]"]
        inputs += [f"w{n}: f32[{', '.join(map(str, sizes))}]" for n, sizes in enumerate(self.tensors())]
        width = self.steps[-1].width if self.steps else self.width
        out = "use std.layers\n\n" + ("dim rows\n\n" if self.dim else "")
        out += f"model model({', '.join(inputs)})\n    -> f32[{self.sizes(width)}] {{\n"
        value, weights = "x", 0
        for n, step in enumerate(self.steps):
            names = {f"w{i}": f"w{weights + i}" for i in range(len(step.weights))}
            weights += len(step.weights)
            out += f"  let y{n} = {step.form.format(x=value, n=n, **names)}\n"
            value = f"y{n}"
        return out + f"  return {value}\n}}\n"

    def inputs(self):
        tensors = [("x", (*self.rows, self.width))] + [(f"w{n}", sizes) for n, sizes in enumerate(self.tensors())]
        values = "integers:{}:-3..4" if self.exact else "random:{}"
        return [f"{name}={'x'.join(map(str, sizes))}xf32={values.format(n + 1)}" for n, (name, sizes) in enumerate(tensors)]

    def simpler(self):
        """Chains with less in them. A step goes where the next still fits."""
        replace = dataclasses.replace
        if len(self.steps) > 1:
            yield replace(self, steps=self.steps[:-1])
        for n, step in enumerate(self.steps):
            before = self.steps[n - 1].width if n else self.width
            if step.width == before and len(self.steps) > 1:
                yield replace(self, steps=self.steps[:n] + self.steps[n + 1 :])
        if self.dim:
            yield replace(self, dim=False)
        if len(self.rows) > 1:
            yield replace(self, rows=self.rows[1:])
        for less in dict.fromkeys((1, self.rows[-1] // 2, self.rows[-1] - 1)):
            if 0 < less < self.rows[-1]:
                yield replace(self, rows=self.rows[:-1] + (less,))


def draw_chain(seed):
    rng = random.Random(seed)
    exact = rng.random() < EXACT_SHARE
    rows = (rng.choice([1, 2, 3]),) * (rng.random() < 0.3) + (rng.choice(EDGES[:-3]),)
    start = width = rng.choice(WIDTHS)
    steps, widths, largest = [], [width], 4.0
    for n in range(rng.randint(2, MOST_STEPS)):
        if n == 0 or rng.random() < 0.3:
            step = draw_product(rng, exact, width, largest)
        elif rng.random() < 0.2 and widths.index(width) < len(widths) - 1:  # what came before, once more
            before = widths.index(width) - 1
            step = Step("{x} + " + (f"y{before}" if before >= 0 else "x"), width, largest=2 * largest)
        elif not exact and rng.random() < 0.3:
            step = Step(rng.choice(["layer_norm({x})", "rms_norm({x})"]) + ' at "norm{n}"', width, largest=10.0)
        else:
            step = Step(rng.choice(EXACT if exact else EXACT + CLOSE), width, largest=largest * (width + 3))
        if exact and step.largest > WHOLE_IN_F32:
            break
        steps.append(step)
        width, largest = step.width, step.largest
        widths.append(width)
    return Chain(seed, exact, rows, rng.random() < 0.2, start, tuple(steps))


def draw_product(rng, exact, width, largest):
    to = rng.choice(WIDTHS)
    largest = 4 * largest * width + 4
    if not exact and rng.random() < 0.5:
        return Step('linear({x}, ' + str(to) + ') at "layer{n}"', to, largest=largest)
    turned = rng.random() < 0.5
    form, weights = ("({x} @ transpose({w0}))", ((to, width),)) if turned else ("({x} @ {w0})", ((width, to),))
    if rng.random() < 0.5:
        form, weights = form + " + {w1}", weights + ((to,),)
    return Step(form, to, weights, largest)
