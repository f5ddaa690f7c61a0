"""The standard library by the interpreter, against PyTorch and the papers:
library/library.attn makes each of its functions a model, library/make_golden.py
says what each should give.

    library_test.py BIN_FOLDER [unittest's options]
"""

import pathlib
import re
import sys
import unittest

from golden_cases import GoldenCases, golden_class

FOLDER = pathlib.Path(__file__).resolve().parent / "library"


class Interpreted(GoldenCases):
    @classmethod
    def make_command(cls, settings):
        return [BIN / "attn-run", FOLDER / "library.attn", "--reference", *settings]

    def test_every_model_has_a_case(self):
        models = re.findall(r"^model (\w+)", (FOLDER / "library.attn").read_text(), re.MULTILINE)
        self.assertEqual(sorted(models), sorted(case["model"] for case in self.golden["cases"]))


def load_tests(loader, *_):
    return loader.loadTestsFromTestCase(golden_class(Interpreted, FOLDER))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    BIN = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
