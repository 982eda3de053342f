"""The order of the tests and the examples they draw are functions of the commit: who repeats a run gets the same one.

From commit to commit they vary, so that a test which leans on its neighbours does not stay hidden. Files of Git are
read as they lie there: the program `git` need not be installed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

SEED_WITHOUT_COMMIT = 1
"""Of an unpacked archive, which is no checkout."""

_SEED_BITS = 32
_SEED_BY_CALLER = ("--randomly-seed", "--hypothesis-seed")
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def seed_arguments(root: Path, arguments: Sequence[str]) -> tuple[list[str], str]:
    """Return the arguments for pytest that fix its order and its examples, and one line that tells of them.

    Args:
        root: the checkout.
        arguments: what the caller gave; with a seed of theirs, or without random order, nothing is added or told.
    """
    if any(word.startswith(_SEED_BY_CALLER) or word.endswith("no:randomly") for word in arguments):
        return [], ""
    commit = checked_out_commit(root)
    seed = seed_of(commit)
    found = [f"--randomly-seed={seed}", f"--hypothesis-seed={seed}"]
    origin = f"commit {commit[:12]}" if commit else "no commit is checked out"
    return found, f"Order and examples of the tests ({origin}): {' '.join(found)}"


def seed_of(commit: str) -> int:
    """Return the seed of a commit, or the fixed one for the empty string. A new commit has a new order."""
    if not commit:
        return SEED_WITHOUT_COMMIT
    return int.from_bytes(hashlib.sha256(commit.encode()).digest()[: _SEED_BITS // 8], "big")


def checked_out_commit(root: Path) -> str:
    """Return the commit a checkout stands on, in hexadecimal; empty when it is none or cannot be read."""
    try:
        folder = _git_folder(root / ".git")
        head = (folder / "HEAD").read_text("utf-8").strip()
        found = _commit_of_branch(folder, head[5:]) if head.startswith("ref: ") else head
    except (OSError, UnicodeDecodeError):
        return ""
    return found if _COMMIT.fullmatch(found) else ""


def _git_folder(path: Path) -> Path:
    """Follow the file that a second working tree has in the place of the folder."""
    if path.is_dir():
        return path
    return (path.parent / path.read_text("utf-8").removeprefix("gitdir: ").strip()).resolve()


def _commit_of_branch(folder: Path, branch: str) -> str:
    """Look a branch up where Git keeps it: in a file of its own, or packed; both may be in the first working tree."""
    shared = folder / "commondir"
    common = (folder / shared.read_text("utf-8").strip()).resolve() if shared.exists() else folder
    for place in (folder, common):
        if (loose := place / branch).is_file():
            return loose.read_text("utf-8").strip()
    packed = common / "packed-refs"
    lines = packed.read_text("utf-8").splitlines() if packed.exists() else []
    return next((line.split()[0] for line in lines if line.endswith(f" {branch}")), "")
