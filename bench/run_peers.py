#!/usr/bin/env python3
"""Compares the tables of this folder with other programs on this machine.

  bench/run_peers.py --python=PEERS_ENVIRONMENT/bin/python [attention products minilm]

Rounds go in turns: attn-bench, then each peer of bench/peers in a process of its
own. The ratio is the least time of the best peer by ours: above 1 Attune is faster.
bench/peers/requirements.txt says what the environment needs."""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PEERS = ["openvino_peer.py", "torch_peer.py", "numpy_peer.py"]


def cases_of(table, filter):
    """Cases as peers get them: sizes of inputs, the entry, constants."""
    whole = json.loads((HERE / f"{table}.json").read_text())
    for case in whole["cases"]:
        if not re.search(filter, case["name"]):
            continue
        inputs = {**whole.get("inputs", {}), **case.get("inputs", {})}
        sizes = {name: [int(part) for part in text.split("=")[0].split("x")[:-1]] for name, text in inputs.items()}
        yield {"table": table, "name": case["name"], "entry": case.get("entry", whole.get("entry", "")), "sizes": sizes,
               "set": {**whole.get("set", {}), **case.get("set", {})}, "precision": case.get("precision", "f32")}


def ours(table, arguments, extra):
    with tempfile.TemporaryDirectory() as folder:
        result = pathlib.Path(folder) / "result.json"
        subprocess.run([arguments.bench, HERE / f"{table}.json", "--rounds=1", f"--filter={arguments.filter}",
                        f"--output={result}", *extra], check=True, stdout=subprocess.DEVNULL)
        return json.loads(result.read_text())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="*", default=["attention", "products", "minilm"])
    parser.add_argument("--python", default=sys.executable, help="Python with the peers")
    parser.add_argument("--bench", default=HERE.parent / "build/bin/attn-bench", help="attn-bench")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--filter", default=".", help="cases whose name matches")
    parser.add_argument("--target", default="", help="for attn-bench; peers take what the machine has")
    parser.add_argument("--json", help="a file for all numbers")
    arguments = parser.parse_args()
    tasks = [case for table in arguments.tables for case in cases_of(table, arguments.filter)]
    times = {}  # (table, case) -> who -> milliseconds of each round
    extra = [f"--target={arguments.target}"] if arguments.target else []
    for round in range(arguments.rounds):
        for table in arguments.tables:
            for case in ours(table, arguments, extra)["cases"]:
                if "min_ms" in case:
                    times.setdefault((table, case["name"]), {}).setdefault("Attune", []).append(case["min_ms"])
        for peer in PEERS:
            if sys.stderr.isatty():
                print(f"\rround {round + 1} of {arguments.rounds}: {peer}   ", end="", file=sys.stderr)
            done = subprocess.run([arguments.python, HERE / "peers" / peer], input=json.dumps(tasks), text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            if round == 0 and (done.returncode or "Error: " in done.stderr):
                print(f"{peer}:\n{done.stderr.strip()[-2000:]}", file=sys.stderr)
            for line in done.stdout.splitlines():
                measured = json.loads(line)
                times.setdefault((measured["table"], measured["case"]), {}).setdefault(measured["way"], []).append(measured["ms"])
    if sys.stderr.isatty():
        print("\r" + " " * 60 + "\r", end="", file=sys.stderr)
    print(f"{'':10} {'case':22} {'Attune':>9}  {'best peer':>9}  {'ratio':>5}  others")
    for (table, case), ways in times.items():
        best = {way: min(all) for way, all in ways.items()}
        mine = best.pop("Attune", None)
        if mine is None or not best:
            continue
        others = sorted(best.items(), key=lambda pair: pair[1])
        print(f"{table:10} {case:22} {mine:9.3f}  {others[0][1]:9.3f}  {others[0][1] / mine:5.2f}  " +
              ", ".join(f"{way} {ms:.3f}" for way, ms in others))
    if arguments.json:
        rows = [{"table": table, "case": case, "ms": ways} for (table, case), ways in times.items()]
        pathlib.Path(arguments.json).write_text(json.dumps({"rounds": arguments.rounds, "cases": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
