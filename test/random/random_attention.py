"""Random attention definitions, compiled and compared with the interpreter.

Definitions are drawn from seeds: SEED, SEED + 1 and so on. A third of them holds
whole numbers alone and must be equal bit for bit; the others may be off by twice
what a plain computation in f32 is off. A failure is printed as the smallest
definition that still fails, with the command that shows it. Cases that failed
once are files in kept/ and run each time. Files in known/ are failures that wait
to be fixed: draws that fail like them are counted as skipped.
"""

import pathlib
import sys

import comparing
from attention_definitions import draw
from driving import Draws, drive
from shrinking import simpler

HERE = pathlib.Path(__file__).resolve().parent


class AttentionDraws(Draws):
    title, things = "random attention", "definitions"
    kept, known = HERE / "kept", HERE / "known"
    case = staticmethod(comparing.alone)
    compare = staticmethod(comparing.compare)
    simpler = staticmethod(simpler)

    def draw(self, comparison, seeds):
        return [draw(seed) for seed in seeds]


if __name__ == "__main__":
    sys.exit(drive(AttentionDraws(), __doc__))
