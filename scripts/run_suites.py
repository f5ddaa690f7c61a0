"""run_suites.py BUILD_FOLDER [REGEX]: runs every suite that CTest knows (or
those whose name matches) and adds up their tests. The last line is the total,
"N passed, M failed"; the exit status is 0 when nothing failed.

CTest counts a suite as one test. GoogleTest, lit and Python's unittest are
asked for their own numbers; any other program counts as one test.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as xml

LIMIT_S = 2400  # A suite that hangs ends here; busy machines take their time.


def suites(build, pattern):
    ctest = shutil.which("ctest", path=f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}")
    listing = subprocess.run([ctest, "--show-only=json-v1"], cwd=build, check=True, capture_output=True)
    seen = set()
    for test in json.loads(listing.stdout)["tests"]:
        name, command = test["name"], test.get("command")
        if command and any(word.startswith("--gtest_filter=") for word in command):
            # CMake may list every test of a program; they are run together here.
            command = [word for word in command if not word.startswith("--gtest_")]
            name = pathlib.Path(command[0]).name
        if name not in seen and re.search(pattern, name):
            seen.add(name)
            yield name, command, {p["name"]: p["value"] for p in test.get("properties", [])}


def counts_of(gtest_file, lit_file, output, status):
    """(passed, failed, skipped) of a suite that ended with `status`."""
    if gtest_file.exists():
        cases = [case for suite in json.loads(gtest_file.read_text())["testsuites"] for case in suite["testsuite"]]
        failed = sum("failures" in case for case in cases)
        skipped = sum(case["result"] != "COMPLETED" for case in cases)
        counts = len(cases) - failed - skipped, failed, skipped
    elif lit_file.exists():
        cases = list(xml.parse(lit_file).getroot().iter("testcase"))
        failed = sum(case.find("failure") is not None for case in cases)
        skipped = sum(case.find("skipped") is not None for case in cases)
        counts = len(cases) - failed - skipped, failed, skipped
    elif ran := re.search(r"^Ran (\d+) tests? in ", output, re.MULTILINE):
        failed = sum(map(int, re.findall(r"\b(?:failures|errors|unexpected successes)=(\d+)", output)))
        skipped = sum(map(int, re.findall(r"\bskipped=(\d+)", output)))
        counts = max(int(ran[1]) - failed - skipped, 0), failed, skipped
    else:
        counts = int(status == 0), 0, 0
    if status != 0 and counts[1] == 0:  # It crashed, or failed outside its tests.
        counts = counts[0], 1, counts[2]
    return counts


def run(name, command, properties):
    if not command:
        print(f"[test] {name}: its program has not been built", flush=True)
        return 0, 1
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        gtest_file, lit_file = pathlib.Path(scratch, "gtest.json"), pathlib.Path(scratch, "lit.xml")
        environment = dict(os.environ, GTEST_OUTPUT=f"json:{gtest_file}")
        environment["LIT_OPTS"] = f"{os.environ.get('LIT_OPTS', '')} --xunit-xml-output={lit_file}"
        environment.update(entry.split("=", 1) for entry in properties.get("ENVIRONMENT", []))
        try:
            done = subprocess.run(
                command,
                cwd=properties.get("WORKING_DIRECTORY"),
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=properties.get("TIMEOUT", LIMIT_S),
            )
            output, status = done.stdout.decode(errors="replace"), done.returncode
        except subprocess.TimeoutExpired as expired:
            output, status = (expired.stdout or b"").decode(errors="replace") + "\n(timed out)", -1
        except OSError as problem:
            output, status = str(problem), -1
        passed, failed, skipped = counts_of(gtest_file, lit_file, output, status)
    if failed:
        print(output, end="" if output.endswith("\n") else "\n")
    note = f", {skipped} skipped" if skipped else ""
    print(f"[test] {name}: {passed} passed, {failed} failed{note} ({time.monotonic() - begin:.1f} s)", flush=True)
    return passed, failed


def main():
    build, pattern = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
    results = [run(*suite) for suite in suites(build, pattern)]
    passed, failed = sum(p for p, _ in results), sum(f for _, f in results)
    if not results:
        print("[test] error: no suite", file=sys.stderr)
    print(f"{passed} passed, {failed} failed")
    sys.exit(0 if results and not failed else 1)


if __name__ == "__main__":
    main()
