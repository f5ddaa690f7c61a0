"""check_journal.py BEFORE AFTER: AFTER begins as BEFORE, and has no schedule of a
kernel twice."""
import json
import sys

before, after = (open(path).read() for path in sys.argv[1:])
if not after.startswith(before):
    sys.exit("the journal was written anew")
seen = set()
for line in after.splitlines():
    entry = json.loads(line)
    key = entry["kernel"], entry["schedule"]
    if key in seen:
        sys.exit(f"measured twice: {entry['change']}")
    seen.add(key)
