"""What the compiler says of a schedule, before any kernel is compiled."""

import enum
import re
import subprocess

LIMIT_S = 120  # a tenth of a second on an idle machine


class Verdict(enum.Enum):
    LEGAL = "legal"
    REFUSED = "refused"  # with a place in the file and a reason
    FAILED = "failed"  # anything else: the check itself is wrong


class Compiler:
    def __init__(self, comparison, target):
        self.comparison, self.target = comparison, target
        self.attnc = comparison.attn_run.with_name("attnc")

    def _run(self, file, *flags):
        command = [str(self.attnc), str(file), f"--target={self.target}", "--compile-to=scheduled", "-o", "-", *flags]
        return subprocess.run(command, env=self.comparison.environment, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=LIMIT_S)

    def schedules(self, text, fusions):
        """The compiler's own schedules as a file, and as IR."""
        file = self.comparison.write(text, fusions)
        given = [f"--schedule={file.with_suffix('.schedule')}"] if fusions else []
        emitted = file.with_suffix(".emitted")
        done = self._run(file, f"--emit-schedule={emitted}", *given)
        return emitted.read_text() if done.returncode == 0 else None, done.stdout

    def judge(self, text, schedule):
        file = self.comparison.write(text, schedule)
        path = file.with_suffix(".schedule")
        done = self._run(file, f"--schedule={path}")
        if done.returncode == 0:
            return Verdict.LEGAL
        is_located = re.search(rf"^{re.escape(str(path))}:\d+:\d+: error: ", done.stderr, re.MULTILINE)
        return Verdict.REFUSED if done.returncode == 1 and is_located else Verdict.FAILED
