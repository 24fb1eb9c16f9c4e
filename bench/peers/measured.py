"""Runs a command and measures it from outside, in the same way for every program.

    python bench/peers/measured.py OUTPUT COMMAND...

What the command prints goes to the file OUTPUT and to stderr. The last line of stdout is a JSON object: `exitCode`, wall
time in `seconds`, time of all its threads on processors in `cpuSeconds`, and the most memory that it had in `peakBytes`
(maximum resident set size).
"""

import json
import os
import subprocess
import sys
import time

began = time.perf_counter()
with open(sys.argv[1], "wb") as output:
    process = subprocess.Popen(sys.argv[2:], stdout=output)
    _, status, usage = os.wait4(process.pid, 0)
seconds = time.perf_counter() - began
print(json.dumps({
    "exitCode": os.waitstatus_to_exitcode(status),
    "seconds": round(seconds, 2),
    "cpuSeconds": round(usage.ru_utime + usage.ru_stime, 2),
    "peakBytes": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
}))
