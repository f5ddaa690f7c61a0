"""What drivers of random tests share: options, reports, shrinking, totals."""

import argparse
import pathlib
import random
import shlex
import time

from comparing import Comparison
from kept_cases import Known, kept_text, run_kept, write_case
from shrinking import shrink


class Draws:
    """What a driver draws. A draw is always the same for its seed."""

    title, things = "", ""
    kept, known = None, None  # folders of cases that always run, and of failures that wait to be fixed
    count, seed = 60, 1  # of the run that every test run makes
    at_once = 120  # between two reports

    def draw(self, comparison, seeds):
        """One for each seed."""
        raise NotImplementedError

    def compare(self, comparison, draws):
        """A Failure or None for each."""
        return comparison.all([self.case(draw) for draw in draws])

    def case(self, draw):
        raise NotImplementedError

    def simpler(self, draw):
        """Draws with less in them, what removes most first."""
        return ()

    def summary(self):
        """More to say at the end."""
        return ""


def report(draws, seed, drawn, failure, comparison, folder):
    """Prints a failure; the file is for people to look at and to keep."""
    case = draws.case(drawn)
    file = folder / f"{failure.kind}-{seed}.attn"
    write_case(file, case, f"Seed {seed}: {failure.kind}.")
    print(f"--- seed {seed}: {failure.kind}: {failure.message.strip()}")
    print((case.text + case.schedule).rstrip())
    print(f"--- show it: {shlex.join(comparison.command(file, case))}", flush=True)


def run_random(draws, comparison, options, known):
    failed = skipped = 0
    for start in range(0, options.count, draws.at_once):
        seeds = range(options.seed + start, options.seed + min(start + draws.at_once, options.count))
        drawn = draws.draw(comparison, seeds)
        for seed, one, failure in zip(seeds, drawn, draws.compare(comparison, drawn)):
            if not failure:
                continue
            if file := known.find(failure, draws.case(one)):
                skipped += 1
                print(f"seed {seed} fails like {file.parent.name}/{file.name}", flush=True)
                continue
            failed += 1
            print(f"--- seed {seed}: {failure.kind}", flush=True)
            if not options.no_shrink:
                one, failure = shrink(draws, one, failure, comparison)
            report(draws, seed, one, failure, comparison, options.keep)
        if options.count > draws.at_once:
            print(f"{seeds[-1] - options.seed + 1} {draws.things}, {failed} failed{draws.summary()}", flush=True)
    return failed, skipped


def parse_arguments(draws, description):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", type=pathlib.Path, help="the folder of attn-run")
    parser.add_argument("--count", type=int, default=draws.count, help=f"{draws.things} to draw; default {draws.count}")
    parser.add_argument("--seed", default=str(draws.seed), help=f"of the first of them, or random; default {draws.seed}")
    parser.add_argument("--only", type=int, metavar="SEED", help="this one alone")
    parser.add_argument("--show", action="store_true", help=f"print the {draws.things} instead")
    parser.add_argument("--no-shrink", action="store_true", help="print failures as they were drawn")
    parser.add_argument("--keep", type=pathlib.Path, default=pathlib.Path("random-failures"), metavar="DIR",
                        help=f"where failures are written; default %(default)s. Move one to {draws.kept.name}/ to keep it")
    parser.add_argument("--target", help="as attn-run takes it; default: this processor")
    parser.add_argument("--kept", type=pathlib.Path, default=draws.kept, metavar="DIR",
                        help="cases that always run")
    options = parser.parse_args()
    options.seed = random.SystemRandom().randrange(10**9) if options.seed == "random" else int(options.seed)
    if options.only is not None:
        options.seed, options.count = options.only, 1
    return options


def show(draws, comparison, seeds):
    for seed, drawn in zip(seeds, draws.draw(comparison, seeds)):
        case = draws.case(drawn)
        print(kept_text(case, f"Seed {seed}.") + case.schedule)


def drive(draws, description):
    options = parse_arguments(draws, description)
    begin = time.monotonic()
    kept = sorted(options.kept.glob("*.attn")) if options.only is None else []
    comparison = Comparison(options.programs, target=options.target)
    try:
        if options.show:
            show(draws, comparison, range(options.seed, options.seed + options.count))
            return 0
        failed = run_kept(comparison, kept)
        known = Known(sorted(draws.known.glob("*.attn")) if options.only is None else [])
        known.report_fixed(comparison)
        found, skipped = run_random(draws, comparison, options, known)
        failed += found
    finally:
        comparison.close()
    print(f"{draws.title}: {options.count} {draws.things} from seed {options.seed}, {len(kept)} kept{draws.summary()}")
    # As unittest says it, for scripts/run_suites.py.
    print(f"Ran {options.count + len(kept)} tests in {time.monotonic() - begin:.1f}s")
    print((f"FAILED (failures={failed}, " if failed else "OK (") + f"skipped={skipped})")
    return 1 if failed else 0
