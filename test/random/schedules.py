"""Random changes of schedules. They know directives, not kernels: which loops a
stage has follows from its axes and from what its directives cut."""

import dataclasses
import re

from schedule_text import Block

# Around the widths of vectors, and some that divide nothing. Copies multiply, and
# with them the time that a kernel compiles.
NUMBERS = {"tile": [1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 32, 64], "lanes": [1, 2, 3, 4, 5, 7, 8, 8, 12, 16],
           "unroll": [1, 2, 2, 3, 4, 5], "partial": [1, 2, 3, 4, 8, 12, 16], "pack": [4, 8, 12, 24]}
TAILS = ["", "guard", "pad", "shift"]
CUTS = ("tile", "lanes", "unroll")
# Tiles of an attention: some are too much together, and some no definition takes.
TILES = {"query": ["1", "8", "16", "32", "64"], "key": ["8", "16", "24", "32", "64", "96", "128", "256", "512", "whole"]}


def words_of(directives, keyword):
    return [words for words in directives if words[0] == keyword]


@dataclasses.dataclass(frozen=True)
class Kernel:
    """A variant of a kernel: its stages in order, and the block about it."""

    stages: tuple
    block: Block

    def loops(self, stage):
        directives = self.block.of(stage.name) or ()
        loops = list(stage.axes + stage.reduced) + [words[1] for words in words_of(directives, "tile")]
        if words_of(directives, "registers"):
            loops += [axis + ".block" for axis in stage.axes]
        return loops

    def levels(self, number):
        """Where stage `number` may be computed, and some places where it may not."""
        levels = ["root"]
        for stage in self.stages[number + 1 :]:
            directives = self.block.of(stage.name)
            if directives is None and not stage.reduced and stage != self.stages[-1]:
                continue  # inlined
            directives = directives or ()
            loops = self.loops(stage) + ["parallel"] * len(words_of(directives, "parallel"))
            levels += [f"{stage.name}.{loop}" for loop in loops]
            for words in words_of(directives, "pieces"):
                levels += [f"{stage.name}.{piece}.{loop}" for piece in words[2:] for loop in loops]
        return levels


class Changes:
    """Each takes a kernel, the number of a stage and its directives, and gives
    other directives; None where there is nothing of its kind to change."""

    def __init__(self, rng):
        self.random = rng

    def draw(self, kernel):
        """The block with one change."""
        if self.random.random() < 0.1:
            return self.move_together(kernel)
        number = self.random.randrange(len(kernel.stages))
        stage = kernel.stages[number]
        directives = kernel.block.of(stage.name)
        change = self.random.choice([self.number, self.number, self.number, self.tail, self.drop, self.order, self.at,
                                     self.at, self.store, self.place, self.layout, self.full, self.partial, self.registers,
                                     self.parallel, self.inline, self.lanes, self.unroll, self.tile, self.skip, self.prefetch])
        changed = change(kernel, number, stage, list(directives or ()))
        return None if changed is None else kernel.block.with_stage(stage.name, tuple(changed))

    def move_together(self, kernel):
        """All that is computed in one loop is computed in another."""
        used = sorted({words[1] for _, said in kernel.block.stages for words in words_of(said, "at")})
        if not used:
            return None
        first = min(n for n, stage in enumerate(kernel.stages) if kernel.block.of(stage.name) is not None)
        old, new = self.random.choice(used), self.random.choice(kernel.levels(first))
        stages = []
        for name, said in kernel.block.stages:
            stages.append((name, tuple(("at", new) if words == ("at", old) else words for words in said)))
        return dataclasses.replace(kernel.block, stages=tuple(stages))

    # ---- a directive that is there ----

    def number(self, kernel, number, stage, directives):
        numbers = [(n, m) for n, words in enumerate(directives) for m, word in enumerate(words) if word.isdigit()]
        if not numbers:
            return None
        n, m = self.random.choice(numbers)
        words = list(directives[n])
        words[m] = self.draw_number(words[0])
        directives[n] = tuple(words)
        return directives

    def tail(self, kernel, number, stage, directives):
        cut = [n for n, words in enumerate(directives) if words[0] in ("tile", "lanes")]
        if not cut:
            return None
        n = self.random.choice(cut)
        tail = self.random.choice(TAILS)
        directives[n] = directives[n][:3] + ((tail,) if tail else ())
        return directives

    def drop(self, kernel, number, stage, directives):
        if not directives:
            return None
        directives.pop(self.random.randrange(len(directives)))
        return directives

    # ---- one of a kind: it takes the place of another ----

    @staticmethod
    def replaced(directives, *words):
        return [other for other in directives if other[0] != words[0]] + [words]

    def some(self, names, least=1):
        return self.random.sample(names, self.random.randint(min(least, len(names)), len(names)))

    def order(self, kernel, number, stage, directives):
        loops = kernel.loops(stage)
        if given := words_of(directives, "order"):
            loops = list(given[0][1:])
            if len(loops) > 1 and self.random.random() < 0.5:  # neighbours change places
                n = self.random.randrange(len(loops) - 1)
                loops[n], loops[n + 1] = loops[n + 1], loops[n]
                return self.replaced(directives, "order", *loops)
        return self.replaced(directives, "order", *self.some(loops, 2))

    def at(self, kernel, number, stage, directives):
        return self.replaced(directives, "at", self.random.choice(kernel.levels(number)))

    def store(self, kernel, number, stage, directives):
        return self.replaced(directives, "store", self.random.choice(kernel.levels(number)))

    def place(self, kernel, number, stage, directives):
        return self.replaced(directives, "in", self.random.choice(["stack", "heap", "register"]))

    def layout(self, kernel, number, stage, directives):
        return self.replaced(directives, "layout", *self.random.sample(stage.axes, len(stage.axes)))

    def full(self, kernel, number, stage, directives):
        return self.replaced(directives, "full", *self.some(stage.axes))

    def partial(self, kernel, number, stage, directives):
        if not stage.reduced:
            return None
        lanes = self.random.choice([1, 2, 4, 8, 16])
        sums = ("partial", self.random.choice(stage.reduced), str(lanes * self.random.choice([1, 2, 3, 4])), str(lanes))
        return [words for words in directives if words[0] not in (*CUTS, "partial", "registers")] + [sums]

    def registers(self, kernel, number, stage, directives):
        if words_of(directives, "registers"):
            return [words for words in directives if words[0] != "registers"]
        return directives + [("registers",)] if stage.reduced else None

    def parallel(self, kernel, number, stage, directives):
        loops = [loop for loop in kernel.loops(stage) if loop not in stage.reduced or self.random.random() < 0.1]
        return self.replaced(directives, "parallel", *self.some(loops))

    def inline(self, kernel, number, stage, directives):
        return [("inline",)]

    def skip(self, kernel, number, stage, directives):
        return self.replaced(directives, "skip") if stage.reduced else None

    def prefetch(self, kernel, number, stage, directives):
        if words_of(directives, "prefetch"):
            return [words for words in directives if words[0] != "prefetch"]
        return directives + [("prefetch",)] if stage.reduced or self.random.random() < 0.1 else None

    # ---- another of a kind ----

    def draw_number(self, keyword):
        return str(self.random.choice(NUMBERS[keyword]))

    def draw_axis(self, stage):
        return self.random.choice(stage.axes + stage.reduced)

    def draw_tail(self):
        tail = self.random.choice(TAILS + [""] * 4)
        return (tail,) if tail else ()

    def lanes(self, kernel, number, stage, directives):
        # Two axes of vectors are refused: mostly this one is instead of another.
        if self.random.random() < 0.8:
            directives = [words for words in directives if words[0] != "lanes"]
        return directives + [("lanes", self.draw_axis(stage), self.draw_number("lanes"), *self.draw_tail())]

    def unroll(self, kernel, number, stage, directives):
        count = (self.draw_number("unroll"),) if self.random.random() < 0.8 else ()
        return directives + [("unroll", self.draw_axis(stage), *count)]

    def tile(self, kernel, number, stage, directives):
        axis = self.draw_axis(stage)
        labels = [f"{axis}.{label}" for label in ("a", "b", "c") if f"{axis}.{label}" not in kernel.loops(stage)]
        if not labels:
            return None
        cut = ("tile", labels[0], self.draw_number("tile"), *self.draw_tail())
        return directives + [cut]


def draw_change(rng, file, kernels):
    """`file` with one change; None where the draw gave none. `kernels` are the
    stages of each block, or None."""
    number = rng.choice([n for n, stages in enumerate(kernels) if stages])
    block = Changes(rng).draw(Kernel(kernels[number], file.blocks[number]))
    return None if block is None or block == file.blocks[number] else file.with_block(number, block)


def draw_asked(rng, file, sizes):
    """A block that asks for other tiles of a kernel, for another variant of it, or
    for both; None where the draw gave none. `sizes` are those that are known when
    running, and what they will be."""
    block = rng.choice(file.blocks)
    head, tiles = block.head, ()
    if block.tiles and rng.random() < 0.8:
        axes = rng.sample(sorted(TILES), rng.choice([1, 2, 2]))
        tiles = tuple((axis, rng.choice(TILES[axis])) for axis in axes)
    if sizes and (not tiles or rng.random() < 0.6):
        names = rng.sample(sorted(sizes), rng.randint(1, min(2, len(sizes))))
        value = 1
        for name in names:
            value *= sizes[name]
        bound = rng.choice([0, 1, 16, max(value - 1, 0), value, value, value, value + 1, 2 * value])
        head = f"{re.sub(' when .*', '', head)} when {' * '.join(names)} <= {bound}"
    return Block(block.section, head, (), tiles) if tiles or head != block.head else None


def draw_fusion(rng, line):
    """Another choice about what a line of an emitted file says was fused."""
    words = line.split()
    if words[0] == "join":
        return f"separate {words[1]}"
    stage, kernel = words[1], words[3]
    return f"split {stage} from {kernel}"
