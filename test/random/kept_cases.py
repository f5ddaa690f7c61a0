"""Cases as files: those that failed once, and those that wait to be fixed."""

import re
import shlex

from comparing import Case


def kept_text(case, note):
    """Comments that say what to run it with, and the model."""
    lines = [f"# {note}"] if note else []
    lines += ["# exact" if case.exact else "# compare"]
    lines += [f"# {flag}" for flag in case.flags] + [f"# --input {text}" for text in case.inputs]
    return "\n".join(lines) + "\n" + case.text


def write_case(file, case, note):
    """A schedule is a file of its own beside the model."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(kept_text(case, note))
    if case.schedule:
        file.with_suffix(".schedule").write_text(f"# {note}\n{case.schedule}")


def read_kept(file):
    text, schedule = file.read_text(), file.with_suffix(".schedule")
    model = re.search(r"^model (\w+)", text, re.MULTILINE)
    exact = re.search(r"^# exact$", text, re.MULTILINE) is not None
    return Case(text, model[1], tuple(re.findall(r"^# --input (\S+)$", text, re.MULTILINE)), exact,
                schedule.read_text() if schedule.exists() else "",
                tuple(re.findall(r"^# (--(?:target|weights)=\S+)$", text, re.MULTILINE)))


def run_kept(comparison, files):
    cases = [read_kept(file) for file in files]
    failed = 0
    for file, case, failure in zip(files, cases, comparison.all(cases)):
        if failure:
            failed += 1
            print(f"--- {file.name}: {failure.kind}: {failure.message.strip()}")
            print(f"--- show it: {shlex.join(comparison.command(file, case))}", flush=True)
    return failed


class Known:
    """Failures that wait to be fixed: a file holds the smallest case, and after
    "# matches:" an expression for what such a failure says and its text."""

    def __init__(self, files):
        self.files = files
        self.patterns = [
            re.compile(re.search(r"^# matches: (.*)$", file.read_text(), re.MULTILINE)[1], re.DOTALL) for file in files
        ]

    def find(self, failure, case):
        said = f"{failure.kind}: {failure.message}\n{case.text}{case.schedule}"
        return next((file for file, pattern in zip(self.files, self.patterns) if pattern.search(said)), None)

    def report_fixed(self, comparison):
        for file, failure in zip(self.files, comparison.all([read_kept(file) for file in self.files])):
            if not failure:
                print(f"{file.parent.name}/{file.name} does not fail any more: move it to kept/")
