"""Random schedules of random models, compared with the interpreter.

A seed is a model (an attention definition, or a chain of products and norms) and
changes of the schedules that the compiler chose for it: of what is computed
together, of variants and tiles, of directives. A change that the compiler refuses
at its place in the file is taken back, and another is drawn.
What is legal must compile and give the same values: bit for bit where the model
holds whole numbers alone, else within twice what a plain computation in f32 is
off. A failure is printed as the smallest schedule that still fails, with the
command that shows it. Cases that failed once are files in kept_schedules/.
"""

import collections
import dataclasses
import pathlib
import random
import sys

import attention_definitions
import chains
import shrinking
from comparing import Case
from driving import Draws, drive
from legality import Compiler, Verdict
from schedule_text import ScheduleFile, read_schedule, read_variants
from schedules import draw_asked, draw_change, draw_fusion

HERE = pathlib.Path(__file__).resolve().parent
TARGET = "x86-64-v3"  # named: a seed means the same on all processors
MOST_CHANGES = 8
MOST_TRIES = 24
MOST_ASKED = 2  # each variant is compiled
MOST_PAIRS = 6_000  # of query and key: less than what attention is tested with, for the time it takes


@dataclasses.dataclass(frozen=True)
class Scheduled:
    model: object  # a Definition or a Chain
    default: ScheduleFile
    schedule: ScheduleFile

    def changes(self):
        changes = self.schedule.changes_of(self.default)
        return changes.text() if changes.blocks or changes.fusions or changes.asked else ""

    def sizes(self):
        """Those that are known when running, and what they will be."""
        if isinstance(self.model, chains.Chain):
            return {"rows": self.model.rows[-1]} if self.model.dim else {}
        return {name: self.model.shape[name] for name in self.model.dims}


def draw_model(rng, seed):
    if rng.random() < 0.5:
        return chains.draw_chain(seed)
    definition = attention_definitions.draw(seed)
    shape = definition.shape
    smaller = {"batch": min(shape["batch"], 2), "heads": shape["kv_heads"] * min(shape["heads"] // shape["kv_heads"], 2)}
    pairs = MOST_PAIRS // (smaller["batch"] * smaller["heads"])
    smaller["queries"] = min(shape["queries"], max(pairs // shape["keys"], 9))
    definition = definition.with_shape(**smaller)
    # Sizes that are known when compiling give one variant of each kernel.
    return definition if rng.random() < 0.15 else dataclasses.replace(definition, dims=frozenset())


def with_sizes(rng, model):
    """The model with sizes that are known when running, on which variants depend."""
    if isinstance(model, chains.Chain):
        return dataclasses.replace(model, dim=True)
    names = ["batch", "queries"] + ["keys"] * (not model.same)
    return dataclasses.replace(model, dims=frozenset(rng.sample(names, rng.randint(1, 2))))


def simpler_schedules(schedule, default):
    """What says least first: nothing at all, one block, one stage, fewer directives."""
    if schedule != default or schedule.fusions or schedule.asked:
        yield dataclasses.replace(default, fusions=(), asked=())
    if schedule != default:
        yield default
    changed = [n for n, block in enumerate(schedule.blocks) if block != default.blocks[n]]
    for n in changed if len(changed) > 1 else ():
        yield default.with_block(n, schedule.blocks[n])
    for n in changed:
        block, before = schedule.blocks[n], dict(default.blocks[n].stages)
        for name, directives in block.stages:
            if before.get(name) == directives:
                continue
            yield schedule.with_block(n, block.with_stage(name, before.get(name)))
            for m in range(len(directives)):
                yield schedule.with_block(n, block.with_stage(name, directives[:m] + directives[m + 1 :]))
    for n in range(len(schedule.fusions)):
        yield dataclasses.replace(schedule, fusions=schedule.fusions[:n] + schedule.fusions[n + 1 :])
    for n, block in enumerate(schedule.asked):
        before, after = schedule.asked[:n], schedule.asked[n + 1 :]
        yield dataclasses.replace(schedule, asked=before + after)
        for m in range(len(block.tiles)):
            fewer = dataclasses.replace(block, tiles=block.tiles[:m] + block.tiles[m + 1 :])
            yield dataclasses.replace(schedule, asked=before + (fewer,) + after)


class ScheduleDraws(Draws):
    title, things = "random schedules", "schedules"
    kept, known = HERE / "kept_schedules", HERE / "known_schedules"
    count, at_once = 40, 20

    def __init__(self):
        self.verdicts = collections.Counter()

    def draw(self, comparison, seeds):
        compiler = Compiler(comparison, TARGET)
        return comparison.parallel(lambda seed: self.draw_one(compiler, seed), seeds)

    def draw_one(self, compiler, seed):
        rng = random.Random(f"schedule {seed}")
        model = draw_model(rng, seed)
        asking = random.Random(f"asked {seed}")  # its own: what is drawn besides stays as it was
        if asking.random() < 0.2:
            model = with_sizes(asking, model)
        text = model.text()

        def judge(file):
            verdict = compiler.judge(text, file.text())
            self.verdicts[verdict] += 1
            return verdict

        emitted, ir = compiler.schedules(text, "")
        choices = ScheduleFile((), TARGET, ())
        if emitted is None:  # the model itself does not compile: the comparison says why
            return Scheduled(model, choices, choices)
        default = read_schedule(emitted)
        if default.fusions and rng.random() < 0.4:
            lines = tuple(draw_fusion(rng, line) for line in default.fusions if rng.random() < 0.4)
            drawn = dataclasses.replace(choices, fusions=lines)
            if judge(drawn) == Verdict.LEGAL:
                choices = drawn
                emitted, ir = compiler.schedules(text, choices.text())
        default = dataclasses.replace(read_schedule(emitted), fusions=choices.fusions)
        if asking.random() < 0.5:
            asked, verdict = self.draw_asked(asking, Scheduled(model, default, default), judge)
            if verdict == Verdict.FAILED:
                return Scheduled(model, default, dataclasses.replace(default, asked=asked))
            if asked:
                emitted, ir = compiler.schedules(text, dataclasses.replace(choices, asked=asked).text())
                default = dataclasses.replace(read_schedule(emitted), fusions=choices.fusions, asked=asked)
        return Scheduled(model, default, self.draw_changes(rng, default, ir, judge))

    def draw_asked(self, rng, drawn, judge):
        """Blocks that ask for variants and tiles, and what is said of them."""
        asked, sizes = (), drawn.sizes()
        for _ in range(3 * MOST_ASKED):
            block = draw_asked(rng, drawn.default, sizes)
            if not block:
                continue
            verdict = judge(dataclasses.replace(drawn.default, blocks=(), asked=asked + (block,)))
            if verdict != Verdict.REFUSED:
                asked += (block,)
            if len(asked) == MOST_ASKED or verdict == Verdict.FAILED:
                return asked, verdict
        return asked, Verdict.LEGAL

    def draw_changes(self, rng, default, ir, judge):
        variants = read_variants(ir)
        kernels = [variants.get(block.stages) for block in default.blocks]
        schedule, left = default, rng.randint(1, MOST_CHANGES)
        for _ in range(MOST_TRIES if any(kernels) else 0):
            changed = draw_change(rng, schedule, kernels)
            if not changed:
                continue
            verdict = judge(changed.changes_of(default))
            if verdict != Verdict.REFUSED:
                schedule, left = changed, left - 1
            if left == 0 or verdict == Verdict.FAILED:
                break
        return schedule

    def case(self, drawn):
        return Case(drawn.model.text(), "model", tuple(drawn.model.inputs()), drawn.model.exact, drawn.changes(),
                    (f"--target={TARGET}", "--weights=random:1"))

    def simpler(self, drawn):
        """Fewer changes, then smaller models with the same changes."""
        replace = dataclasses.replace
        for schedule in simpler_schedules(drawn.schedule, drawn.default):
            yield replace(drawn, schedule=schedule)
        model = drawn.model
        for smaller in model.simpler() if isinstance(model, chains.Chain) else shrinking.simpler(model):
            yield replace(drawn, model=smaller)

    def summary(self):
        tried = sum(self.verdicts.values())
        return f"; of {tried} changes {self.verdicts[Verdict.LEGAL]} were legal" if tried else ""


if __name__ == "__main__":
    sys.exit(drive(ScheduleDraws(), __doc__))
