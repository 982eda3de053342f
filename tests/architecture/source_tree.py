"""The files of the project as the architecture tests see them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("connectors", "gateway", "invoice_capture", "terminal_driver")
_NOT_OURS = ("node_modules", "vendor")
_TEXT = frozenset(
    {".cfg", ".css", ".csv", ".hex", ".html", ".ini", ".js", ".json", ".jsonl", ".lock", ".mako", ".md", ".py"}
    | {".sh", ".sql", ".svg", ".toml", ".txt", ".yaml", ".yml"}
)


@dataclass(frozen=True)
class Source:
    """A Python file: its path from the root, its text and its syntax tree."""

    path: str
    text: str
    tree: ast.Module


@cache
def files() -> tuple[Path, ...]:
    """Files that are or will be in the repository: tracked ones, and new ones that are not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    return tuple(ROOT / name for name in sorted(set(listed)) if name and (ROOT / name).is_file())


@cache
def sources() -> tuple[Source, ...]:
    """All Python files."""
    found = []
    for path in files():
        if path.suffix == ".py":
            text = path.read_text(encoding="utf-8")
            found.append(Source(relative(path), text, ast.parse(text)))
    return tuple(found)


def product_sources() -> Iterator[Source]:
    """Python files of the product itself: packages and run.py."""
    return (source for source in sources() if source.path.split("/")[0] in {*PACKAGES, "run.py"})


def texts() -> Iterator[tuple[str, str]]:
    """Path and text of every file made by the project (vendored files have their own origin and licence)."""
    for path in files():
        if path.suffix not in _TEXT and path.suffix:
            continue
        if any(part in _NOT_OURS for part in path.parts):
            continue
        try:
            yield relative(path), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def relative(path: Path) -> str:
    """Path from the root, with slashes."""
    return path.relative_to(ROOT).as_posix()


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Every call with the dotted name of what is called; empty for what has no name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, dotted(node.func)


def dotted(node: ast.expr) -> str:
    """`a.b.c` of an attribute chain; empty for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])
