"""The files of the project as the architecture tests see them."""

from __future__ import annotations

import ast
import gc
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
    """All Python files, read once in a process."""
    gc.disable()
    try:
        return tuple(_read(path) for path in files() if path.suffix == ".py")
    finally:
        # Millions of nodes that stay: no collection of this process need look at them.
        gc.freeze()
        gc.enable()


def _read(path: Path) -> Source:
    text = path.read_text(encoding="utf-8")
    return Source(relative(path), text, ast.parse(text))


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


@cache
def nodes(tree: ast.AST) -> tuple[ast.AST, ...]:
    """Every node of a tree."""
    return tuple(ast.walk(tree))


@cache
def calls(tree: ast.AST) -> tuple[tuple[ast.Call, str], ...]:
    """Every call with the dotted name of what is called; empty for what has no name."""
    return tuple((node, dotted(node.func)) for node in nodes(tree) if isinstance(node, ast.Call))


def dotted(node: ast.expr) -> str:
    """`a.b.c` of an attribute chain; empty for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])
