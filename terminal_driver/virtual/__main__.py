"""Runs the virtual terminal: ``python -m terminal_driver.virtual --help``."""

import sys

from terminal_driver.virtual.terminal_program import run

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:], sys.stdin, sys.stdout))
