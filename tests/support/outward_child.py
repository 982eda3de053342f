"""A node's outward side as a process, for tests that kill it. Arguments: URL, folder, name, former name."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.support.outward_rig import Name, OutwardRig


def main() -> None:
    """Deliver until the parent closes our standard input, or kills us."""
    url, folder, name, former = sys.argv[1:5]
    rig = OutwardRig(url, Path(folder), timeout_s=30.0, name=Name(name, former or None))
    rig.start()
    sys.stdin.read()
    rig.stop()


if __name__ == "__main__":
    main()
