"""How a peer measures: cases come as JSON on standard input, a line of JSON for
each that the peer knows goes to standard output. A peer has a process of its own:
beside another its threads get in the way."""

import json
import sys
import time


def best_ms(run, runs=None, warm=3, seconds=0.3):
    """Least milliseconds of some runs, as many as take about `seconds`."""
    for _ in range(warm):
        run()
    begin = time.perf_counter()
    run()
    once = time.perf_counter() - begin
    best = once
    for _ in range(runs or max(3, min(200, int(seconds / max(once, 1e-6))))):
        begin = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - begin)
    return best * 1e3


def serve(prepare, measure=lambda table, run: best_ms(run)):
    """`prepare(table, case)` gives what runs a case, by the ways that the peer has
    for it: a dictionary of functions, empty where it has none. `measure(table, run)`
    gives the milliseconds of one."""
    for task in json.load(sys.stdin):
        try:
            ways = prepare(task["table"], task)
        except Exception as problem:  # a peer that fails is a peer without a number
            print(f"{task['name']}: {type(problem).__name__}: {str(problem)[:200]}", file=sys.stderr)
            continue
        for way, run in ways.items():
            try:
                print(json.dumps({"table": task["table"], "case": task["name"], "way": way, "ms": measure(task["table"], run)}), flush=True)
            except Exception as problem:
                print(f"{task['name']}, {way}: {type(problem).__name__}: {str(problem)[:200]}", file=sys.stderr)
