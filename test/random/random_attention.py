"""Random attention definitions, compiled and compared with the interpreter.

Definitions are drawn from seeds: SEED, SEED + 1 and so on. A third of them holds
whole numbers alone and must be equal bit for bit; the others may be off by twice
what a plain computation in f32 is off. A failure is printed as the smallest
definition that still fails, with the command that shows it. Cases that failed
once are files in kept/ and run each time. Files in known/ are failures that wait
to be fixed: draws that fail like them are counted as skipped.
"""

import argparse
import pathlib
import random
import re
import shlex
import sys
import time

from attention_definitions import draw
from comparing import Case, Comparison, alone, compare
from shrinking import shrink

HERE = pathlib.Path(__file__).resolve().parent
KEPT, KNOWN = HERE / "kept", HERE / "known"
SEED = 1  # of the run that every test run makes
COUNT = 60
AT_ONCE = 120  # definitions between two reports


def kept_text(case, note):
    """A case as a file: comments that say what to run it with, and the model."""
    lines = [f"# {note}"] if note else []
    lines += ["# exact" if case.exact else "# compare"] + [f"# --input {text}" for text in case.inputs]
    return "\n".join(lines) + "\n" + case.text


def read_kept(file):
    text = file.read_text()
    model = re.search(r"^model (\w+)", text, re.MULTILINE)
    exact = re.search(r"^# exact$", text, re.MULTILINE) is not None
    return Case(text, model[1], tuple(re.findall(r"^# --input (\S+)$", text, re.MULTILINE)), exact)


def report(seed, definition, failure, comparison, folder):
    """Prints a failure; the file is for people to look at and to keep."""
    case = alone(definition)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{failure.kind}-{seed}.attn"
    file.write_text(kept_text(case, f"Seed {seed}: {failure.kind}."))
    print(f"--- seed {seed}: {failure.kind}: {failure.message.strip()}")
    print(case.text.rstrip())
    print(f"--- show it: {shlex.join(comparison.command(file, case))}", flush=True)


class Known:
    """Failures that wait to be fixed: a file holds the smallest case, and after
    "# matches:" an expression for what such a failure says and its definition."""

    def __init__(self, files):
        self.files = files
        self.patterns = [
            re.compile(re.search(r"^# matches: (.*)$", file.read_text(), re.MULTILINE)[1], re.DOTALL) for file in files
        ]

    def find(self, failure, definition):
        said = f"{failure.kind}: {failure.message}\n{definition.text()}"
        return next((file for file, pattern in zip(self.files, self.patterns) if pattern.search(said)), None)

    def report_fixed(self, comparison):
        for file, failure in zip(self.files, comparison.all([read_kept(file) for file in self.files])):
            if not failure:
                print(f"{file.parent.name}/{file.name} does not fail any more: move it to kept/")


def run_kept(comparison, files):
    cases = [read_kept(file) for file in files]
    failed = 0
    for file, case, failure in zip(files, cases, comparison.all(cases)):
        if failure:
            failed += 1
            print(f"--- {file.name}: {failure.kind}: {failure.message.strip()}")
            print(f"--- show it: {shlex.join(comparison.command(file, case))}", flush=True)
    return failed


def run_random(comparison, options, known):
    failed = skipped = 0
    for start in range(0, options.count, AT_ONCE):
        seeds = range(options.seed + start, options.seed + min(start + AT_ONCE, options.count))
        definitions = [draw(seed) for seed in seeds]
        for seed, definition, failure in zip(seeds, definitions, compare(comparison, definitions)):
            if not failure:
                continue
            if file := known.find(failure, definition):
                skipped += 1
                print(f"seed {seed} fails like known/{file.name}", flush=True)
                continue
            failed += 1
            print(f"--- seed {seed}: {failure.kind}", flush=True)
            if not options.no_shrink:
                definition, failure = shrink(definition, failure, comparison)
            report(seed, definition, failure, comparison, options.keep)
        if options.count > AT_ONCE:
            print(f"{seeds[-1] - options.seed + 1} definitions, {failed} failed", flush=True)
    return failed, skipped


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", type=pathlib.Path, help="the folder of attn-run")
    parser.add_argument("--count", type=int, default=COUNT, help=f"definitions to draw; default {COUNT}")
    parser.add_argument("--seed", default=str(SEED), help=f"of the first definition, or random; default {SEED}")
    parser.add_argument("--only", type=int, metavar="SEED", help="this definition alone")
    parser.add_argument("--show", action="store_true", help="print the definitions instead")
    parser.add_argument("--no-shrink", action="store_true", help="print failures as they were drawn")
    parser.add_argument("--keep", type=pathlib.Path, default=pathlib.Path("random-failures"), metavar="DIR",
                        help="where failures are written; default %(default)s. Move one to kept/ to keep it")
    parser.add_argument("--kept", type=pathlib.Path, default=KEPT, metavar="DIR", help="cases that always run")
    options = parser.parse_args()
    options.seed = random.SystemRandom().randrange(10**9) if options.seed == "random" else int(options.seed)
    if options.only is not None:
        options.seed, options.count = options.only, 1
    return options


def main():
    options = parse_arguments()
    if options.show:
        for seed in range(options.seed, options.seed + options.count):
            print(kept_text(alone(draw(seed)), f"Seed {seed}."))
        return 0
    begin = time.monotonic()
    kept = sorted(options.kept.glob("*.attn")) if options.only is None else []
    comparison = Comparison(options.programs)
    try:
        failed = run_kept(comparison, kept)
        known = Known(sorted(KNOWN.glob("*.attn")) if options.only is None else [])
        known.report_fixed(comparison)
        drawn, skipped = run_random(comparison, options, known)
        failed += drawn
    finally:
        comparison.close()
    print(f"random attention: {options.count} definitions from seed {options.seed}, {len(kept)} kept")
    # As unittest says it, for scripts/run_suites.py.
    print(f"Ran {options.count + len(kept)} tests in {time.monotonic() - begin:.1f}s")
    print((f"FAILED (failures={failed}, " if failed else "OK (") + f"skipped={skipped})")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
