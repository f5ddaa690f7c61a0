"""walkthrough.py PAGE.md HEADING FOLDER: runs a section of a page as a reader
would. Code blocks without a language are the files that the text names last
before them (`NAME.EXT`); `sh` blocks are commands, whose output is printed."""

import pathlib
import re
import subprocess
import sys

page, heading, folder = pathlib.Path(sys.argv[1]).read_text(), sys.argv[2], pathlib.Path(sys.argv[3])
folder.mkdir(parents=True, exist_ok=True)
section = page.split(f"\n## {heading}", 1)[1].split("\n## ", 1)[0]
before = ""
for text, language, code in re.findall(r"(.*?)^```(\w*)\n(.*?)^```$", section, re.DOTALL | re.MULTILINE):
    before += text
    if language == "sh":
        for command in code.splitlines():
            print("$", command, flush=True)
            subprocess.run(command, shell=True, check=True, cwd=folder)
    else:
        (folder / re.findall(r"`(\w+\.\w+)`", before)[-1]).write_text(code)
