"""Runs a command of the driver: ``python -m terminal_driver --help``."""

import sys

from terminal_driver.tools.command_line import main

if __name__ == "__main__":
    sys.exit(main())
