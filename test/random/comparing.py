"""Compiles definitions and compares what they give with the interpreter."""

import concurrent.futures
import dataclasses
import itertools
import json
import os
import pathlib
import re
import subprocess
import tempfile

LIMIT_S = 600  # for one program; most take a second on an idle machine
PER_FILE = 12  # definitions that are compiled together


@dataclasses.dataclass(frozen=True)
class Case:
    """What is compared: a model in a text, and its inputs."""

    text: str
    model: str
    inputs: tuple
    exact: bool
    schedule: str = ""
    flags: tuple = ()  # of attn-run


@dataclasses.dataclass(frozen=True)
class Failure:
    kind: str  # "refused", "crashed", "mismatch" or "timeout"
    message: str

    def is_like(self, other):
        """Whether it may have the same cause: shrinking must not wander off."""

        def shape(failure):
            lines = " ".join(line for line in failure.message.splitlines() if "error" in line)
            # Places, names and numbers change as a case shrinks.
            return re.sub(r"[\d._]+|'[^']*'|\"[^\"]*\"|/\S+", "", lines)[:160]

        return self.kind == other.kind and (self.kind == "mismatch" or shape(self) == shape(other))


class Comparison:
    """Runs attn-run with a cache of its own, so that a run proves what this
    compiler makes, and processes in parallel."""

    def __init__(self, programs, cache=None, target=None):
        self.target = [f"--target={target}"] if target else []
        self.attn_run = pathlib.Path(programs, "attn-run")
        self._scratch = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self._scratch.name)
        self.environment = dict(os.environ, ATTUNE_CACHE_DIR=str(cache or self.folder / "cache"))
        self._numbers = itertools.count(1)

    def close(self):
        self._scratch.cleanup()

    def write(self, text, schedule=""):
        """A file with the text, and beside it one with the schedule."""
        file = self.folder / f"definitions{next(self._numbers)}.attn"
        file.write_text(text)
        if schedule:
            file.with_suffix(".schedule").write_text(schedule)
        return file

    def parallel(self, function, things):
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            return list(pool.map(function, things))

    def all(self, cases):
        """A Failure or None for each. Cases of one text are one file."""
        files = {key: self.write(*key) for key in dict.fromkeys((case.text, case.schedule) for case in cases)}

        def run(case):
            return self._one(files[case.text, case.schedule], case)

        # The first model of each file compiles all of them.
        first = {(case.text, case.schedule): case for case in reversed(cases)}
        done = dict(zip(first.values(), self.parallel(run, first.values())))
        rest = [case for case in cases if case not in done]
        done.update(zip(rest, self.parallel(run, rest)))
        return [done[case] for case in cases]

    def command(self, file, case):
        command = [str(self.attn_run), str(file), f"--model={case.model}", "--compare", "--json", *self.target, *case.flags]
        command += [f"--schedule={file.with_suffix('.schedule')}"] if case.schedule else []
        return command + [f"--input={text}" for text in case.inputs]

    def _one(self, file, case):
        try:
            done = subprocess.run(self.command(file, case), env=self.environment, capture_output=True,
                                  stdin=subprocess.DEVNULL, timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            return Failure("timeout", f"still running after {LIMIT_S} s")
        said = done.stderr.decode(errors="replace")
        try:
            [output] = json.loads(done.stdout)["outputs"]
        except (ValueError, KeyError):
            kind = "refused" if done.returncode == 1 and "crash" not in said and "signal" not in said else "crashed"
            return Failure(kind, said or f"exit status {done.returncode}")
        if not output["within"] or (case.exact and output["max_error"] != 0):
            allowed = 0 if case.exact else output["bound"]
            return Failure("mismatch", f"largest error {output['max_error']}, allowed {allowed}")
        return None


def cases_of(definitions):
    """Definitions as cases, several to a text."""
    cases = []
    for start in range(0, len(definitions), PER_FILE):
        group = definitions[start : start + PER_FILE]
        text = "\n".join(definition.text(str(n)) for n, definition in enumerate(group))
        cases += [Case(text, f"model{n}", tuple(d.inputs()), d.exact) for n, d in enumerate(group)]
    return cases


def alone(definition):
    return Case(definition.text(), "model", tuple(definition.inputs()), definition.exact)


def compare(comparison, definitions):
    """A Failure or None for each definition. What fails beside others is judged
    by itself: one that does not compile takes its file with it."""
    results = comparison.all(cases_of(definitions))
    again = [n for n, failure in enumerate(results) if failure]
    for n, failure in zip(again, comparison.all([alone(definitions[n]) for n in again])):
        if not failure and results[n].kind == "mismatch":
            failure = Failure("mismatch", f"{results[n].message}, but not when it is compiled alone")
        results[n] = failure
    return results
