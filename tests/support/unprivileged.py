"""Runs a few lines of Python as a user who may not open a port, whoever runs the tests."""

import subprocess
import sys
from pathlib import Path

from terminal_driver.transports.pty_line import PtyLine

ROOT = Path(__file__).parents[2]

_DROP = """
import os, sys
device = sys.argv[1]
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
"""


def as_nobody(imports: str, body: str) -> str:
    """Return what ``body`` prints; ``device`` is the path of a port that this user may not open.

    The modules of ``imports`` are loaded before the rights are given up: the checkout need not be open to everybody.
    """
    line = PtyLine()
    Path(line.device_path).chmod(0o000)
    try:
        done = subprocess.run(
            [sys.executable, "-c", f"{imports}\n{_DROP}\n{body}", line.device_path],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
            cwd=ROOT,
        )
    finally:
        line.close()
    return done.stdout
