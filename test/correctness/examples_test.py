"""Every example with golden outputs, compiled by attnc, against float64.

    examples_test.py BIN_FOLDER CACHE_FOLDER [unittest's options]

An example is a folder examples/NAME with NAME.attn and make_golden.py, which
writes golden/ as golden_cases.py reads it. Each example is compiled once; each
case is one test. Kernels are kept in CACHE_FOLDER. ATTUNE_TEST_TARGET=opencl runs
them on the first OpenCL device.
"""

import os
import pathlib
import subprocess
import sys
import unittest

from compiled_program import target_options
from golden_cases import GoldenCases, golden_class

EXAMPLES = pathlib.Path(__file__).resolve().parent.parent.parent / "examples"


class Compiled(GoldenCases):
    @classmethod
    def make_command(cls, settings):
        program, source = cls.scratch / cls.folder.name, cls.folder / f"{cls.folder.name}.attn"
        environment = dict(os.environ, ATTUNE_CACHE_DIR=str(CACHE))
        subprocess.run([BIN / "attnc", source, "-o", program, *settings, *target_options()], check=True, env=environment)
        return [program]


def load_tests(loader, *_):
    scripts = sorted(EXAMPLES.glob("*/make_golden.py"))
    if not scripts:
        raise RuntimeError(f"no example in {EXAMPLES} has a make_golden.py")
    return unittest.TestSuite(
        loader.loadTestsFromTestCase(golden_class(Compiled, script.parent)) for script in scripts
    )


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    BIN, CACHE = (pathlib.Path(sys.argv.pop(1)).resolve() for _ in range(2))
    unittest.main()
