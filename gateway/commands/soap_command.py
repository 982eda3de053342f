"""The command `soap operations FILE...`: lists what service descriptions offer, without a network.

Whoever sets up a connector sees the names and parameters of the operations, and what of a description cannot be used.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

_USAGE = "Usage: tillbridge soap operations FILE.wsdl...\n"


def main(words: Sequence[str]) -> int:
    """Run the command; return its exit code: 0 all read whole, 1 none read, 2 wrong arguments, 3 not all of it."""
    if len(words) < 2 or words[0] != "operations":
        sys.stderr.write(_USAGE)
        return 2
    try:
        from connectors.soap.description import Descriptions  # noqa: PLC0415 - an optional dependency
        from connectors.soap.failure import SoapFailure  # noqa: PLC0415 - see above
    except ModuleNotFoundError as error:
        sys.stderr.write(f"The Python module {error.name} is missing: pip install 'tillbridge[erp]'\n")
        return 1
    shelf = Descriptions()
    failed = partly = 0
    for name in words[1:]:
        try:
            found = shelf.load(Path(name), strict=False)
        except SoapFailure as failure:
            sys.stderr.write(f"{name}: {failure.message} {failure.hint}\n")
            failed += 1
            continue
        partly += bool(found.dropped)
        sys.stdout.write(f"{name}: {len(found.operations)} operations\n")
        for one in found.operations:
            ending = ", no answer" if one.one_way else ""
            sys.stdout.write(f"  {one.port} {one.name} (SOAP {one.version}{ending}): {one.takes or 'nothing'}\n")
        for loss in found.dropped:
            sys.stdout.write(f"  cannot be used: {loss}\n")
    if failed == len(words) - 1:
        return 1
    return 3 if failed or partly else 0
