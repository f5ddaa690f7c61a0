"""interrupt.py LINES FILE.sched COMMAND...: runs the command and sends SIGINT once
the journal beside the file has so many lines; gives its status."""
import os
import signal
import subprocess
import sys
import time

lines, journal, command = int(sys.argv[1]), sys.argv[2] + ".journal", sys.argv[3:]
process = subprocess.Popen(command)
deadline = time.time() + 120
while process.poll() is None and time.time() < deadline:
    if os.path.exists(journal):
        with open(journal) as file:
            if len(file.readlines()) >= lines:
                break
    time.sleep(0.05)
process.send_signal(signal.SIGINT)
sys.exit(process.wait(60))
