"""Reads one statement file in a process of its own and prints what it took: CPU time, entries, peak of its memory."""

import json
import resource
import sys
import time
from importlib import import_module
from pathlib import Path


def main(path: str, how: str) -> None:
    """Read a file. ``how``: ``ours``, or ``lxml`` for a plain parse of it into a tree."""
    # What is needed is imported before the clock starts; a parse in the other process must not hold our modules.
    if how == "lxml":
        etree = import_module("lxml.etree")
        begun = time.process_time()
        entries = sum(1 for _ in etree.parse(path).iter("{*}Ntry"))
    else:
        detect = import_module("connectors.statements.detect")
        parts = import_module("connectors.statements.statement_parts")
        begun = time.process_time()
        entries = 0
        with Path(path).open("rb") as source:
            for part in detect.open_statements(source):
                if isinstance(part, parts.EntriesRead):
                    entries += len(part.entries)
                elif isinstance(part, parts.StatementEnds) and part.statement.balanced is not True:
                    message = "the statements of a bench add up"
                    raise AssertionError(message)
    lasted = time.process_time() - begun
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"seconds": lasted, "entries": entries, "peak_mib": peak_kib / 1024}))


if __name__ == "__main__":
    main(*sys.argv[1:])
