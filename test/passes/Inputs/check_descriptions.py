"""Runs the examples of pass descriptions: what stands before "// becomes" must
turn into what stands after it."""

import re
import subprocess
import sys


def attn_opt(text, *options):
    # Canonical names of values, so that the two sides can be compared.
    command = ["attn-opt", *options, "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr}")
    return re.sub(r"%[\w$.-]+", Renamed(), done.stdout)


class Renamed:
    """Values by the order in which they appear."""

    def __init__(self):
        self.names = {}

    def __call__(self, match):
        return self.names.setdefault(match[0], f"%{len(self.names)}")


def main(table):
    failed = 0
    for definition in re.split(r"^def ", open(table).read(), flags=re.M)[1:]:
        option = re.search(r'Pass<"([\w-]+)"', definition)[1]
        for example in re.findall(r"```mlir\n(.*?)```", definition, flags=re.S):
            before, after = example.split("// becomes\n")
            found, expected = attn_opt(before, f"--{option}"), attn_opt(after)
            same = found == expected
            failed += not same
            print(f"{option}: {'as described' if same else 'gives'}")
            if not same:
                print(found, "where its description says", expected, sep="\n")
    sys.exit(failed > 0)


main(sys.argv[1])
