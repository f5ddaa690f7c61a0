"""What bench/gpu runs, compiled where the compiler is: a folder of programs with manifest.json, which says for each
what goes in, and what must come out or how much work it is. The folder can go to a machine that has a card and no
compiler."""

import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TABLES = {"attention": ROOT / "bench/device/attention.json", "products": ROOT / "bench/device/products.json",
          "minilm": ROOT / "bench/minilm.json"}
FLOOR = 5e-7  # Of golden outputs, as test/correctness has it.
DEFINITIONS = 24  # random ones, beside those that failed once


class Builder:
    def __init__(self, folder, target, bin, jobs):
        self.folder, self.target, self.bin, self.jobs = pathlib.Path(folder), target, pathlib.Path(bin), jobs
        self.tasks = []  # functions that each compile one program
        self.checks, self.timings, self.problems = [], [], []

    def build(self, filter):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.add_examples(filter)
        self.add_definitions(filter)
        self.add_tables(filter)
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            for done, problem in enumerate(pool.map(self.attempt, self.tasks), 1):
                if problem:
                    self.problems.append(problem)
                if sys.stderr.isatty():
                    print(f"\r{done} of {len(self.tasks)} programs   ", end="", file=sys.stderr)
        manifest = {"target": self.target, "checks": self.checks, "timings": self.timings, "problems": self.problems}
        (self.folder / "manifest.json").write_text(json.dumps(manifest, indent=1))

    @staticmethod
    def attempt(task):
        try:
            task()
        except subprocess.CalledProcessError as problem:
            said = (problem.stderr or b"").decode(errors="replace").strip()
            return f"{' '.join(map(str, problem.cmd[:3]))}: {said[:1000]}"

    def run(self, *command):
        return subprocess.run(list(map(str, command)), check=True, capture_output=True)

    def compile(self, source, program, *options):
        self.run(self.bin / "attnc", source, f"--target={self.target}", "-o", self.folder / program, *options)
        if strip := shutil.which("strip"):
            self.run(strip, self.folder / program)

    # ---- what must come out ----

    def add_examples(self, filter):
        for cases in sorted(ROOT.glob("examples/*/golden/cases.json")):
            folder, golden = cases.parent, json.loads(cases.read_text())
            name = folder.parent.name
            if re.search(filter, f"example {name}"):
                self.tasks.append(lambda name=name, folder=folder, golden=golden: self.build_example(name, folder, golden))

    def build_example(self, name, golden_folder, golden):
        program = f"example-{name}"
        settings = [f"--set={key}={json.dumps(value)}" for key, value in golden["set"].items()]
        self.compile(ROOT / f"examples/{name}/{name}.attn", program, *settings)
        files = self.folder / f"{program}.files"
        shutil.copytree(golden_folder, files, dirs_exist_ok=True)
        for case in golden["cases"]:
            options = [f"--weights={files.name}/{golden['weights']}"] if "weights" in golden else []
            options += [f"--model={case['model']}"] if "model" in case else []
            options += [f"--input={key}=@{files.name}/{file}" for key, file in case["inputs"].items()]
            outputs = [{"name": key, "file": f"{files.name}/{one['file']}", "bound": 2 * one.get("float32_error", 0), "floor": FLOOR}
                       for key, one in case["outputs"].items()]
            self.checks.append({"name": f"example {name}, {case['name']}", "program": program, "options": options, "outputs": outputs})

    def add_definitions(self, filter):
        sys.path.insert(0, str(ROOT / "test/random"))
        from attention_definitions import draw
        from comparing import alone, cases_of
        from kept_cases import read_kept

        drawn = cases_of([draw(seed) for seed in range(1, DEFINITIONS + 1)])
        kept = [read_kept(file) for file in sorted((ROOT / "test/random/kept").glob("*.attn"))]
        named = [(f"random attention {n}", case) for n, case in enumerate(drawn, 1)]
        named += [(f"kept attention {n}", case) for n, case in enumerate(kept, 1)]
        texts = {}
        for name, case in named:
            if re.search(filter, name) and not case.flags:
                texts.setdefault(case.text, []).append((name, case))
        for number, (text, cases) in enumerate(texts.items(), 1):
            self.tasks.append(lambda number=number, text=text, cases=cases: self.build_definitions(number, text, cases))

    def build_definitions(self, number, text, cases):
        """The interpreter says what must come out, the bound is that of attn-run --compare."""
        program, source = f"definitions-{number}", self.folder / f"definitions-{number}.attn"
        source.write_text(text)
        self.compile(source, program)
        for name, case in cases:
            expected = f"{program}-{case.model}.npy"
            inputs = [f"--input={one}" for one in case.inputs]
            model = f"--model={case.model}"
            compared = self.run(self.bin / "attn-run", source, model, "--compare", "--json", *inputs)
            [output] = json.loads(compared.stdout)["outputs"]
            self.run(self.bin / "attn-run", source, model, "--reference", f"--output={self.folder / expected}", *inputs)
            bound = 0 if case.exact else output["bound"]
            self.checks.append({"name": name, "program": program, "options": [model, *inputs],
                                "outputs": [{"name": output["name"], "file": expected, "bound": bound, "floor": 0}]})

    # ---- how fast ----

    def add_tables(self, filter):
        for table, file in TABLES.items():
            whole, programs = json.loads(file.read_text()), {}
            for case in whole["cases"]:
                if not re.search(filter, f"{table} {case['name']}"):
                    continue
                inputs = {**whole.get("inputs", {}), **case.get("inputs", {})}
                settings = {**whole.get("set", {}), **case.get("set", {})}
                entry = case.get("entry", whole.get("entry"))
                options = [f"--set={key}={value}" for key, value in settings.items()]
                options += [f"--model={entry}"] if entry else []
                options += ["--precision=bf16"] if case.get("precision") == "bf16" and not (entry or "").endswith("bf16") else []
                sizes = {key: [int(part) for part in text.split("=")[0].split("x")[:-1]] for key, text in inputs.items()}
                program = programs.setdefault(tuple(options), f"{table}-{len(programs)}")
                flops = case.get("flops", whole.get("flops"))
                self.timings.append({
                    "table": table, "name": case["name"], "program": program, "entry": entry or "", "sizes": sizes, "set": settings,
                    "precision": case.get("precision", "f32"),
                    "options": ["--weights=random:1"] + [f"--input={key}={value}" for key, value in inputs.items()],
                    "flops": eval(flops, {"__builtins__": {}}, {**sizes, **settings}) if flops else None})
            for options, program in programs.items():
                source = file.parent / whole["model"]
                self.tasks.append(lambda source=source, program=program, options=options: self.compile(source, program, *options))
