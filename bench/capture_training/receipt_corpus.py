"""The receipts of the corpus: their text, their truth, and which of them are of one supplier."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from invoice_capture.model import ReadDocument
from invoice_capture.read.published_text import read_published

_ROOT = Path(__file__).resolve().parents[2]
_ALIKE = 0.8


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt with its truth as published. ``picture``: path of its scan, None when only its text was published."""

    identity: str
    document: ReadDocument
    truth: Mapping[str, str]
    picture: Path | None


def corpus_folder() -> Path:
    """Return the folder of the samples; it may not exist."""
    return Path(os.environ.get("TILLBRIDGE_CORPUS", _ROOT.parent / "shared" / "data")) / "invoices"


def receipts(folder: Path) -> list[Receipt]:
    """Return the receipts with pictures, then those of which only the text was published."""
    return [*_pictured(folder), *_typed(folder)]


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """Return the objects of a JSON Lines file."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def _pictured(folder: Path) -> Iterator[Receipt]:
    for row in rows_of(folder / "manifest.jsonl"):
        if row["kind"] == "receipt_image":
            text = json.loads((folder / row["boxes"]).read_text(encoding="utf-8"))
            yield Receipt(row["id"], read_published(text), row["truth"], folder / row["path"])


def _typed(folder: Path) -> Iterator[Receipt]:
    for row in rows_of(folder / "receipts_train_text.jsonl"):
        yield Receipt(row["id"], read_published(row), row["truth"], None)


def supplier_folds(found: Sequence[Receipt], folds: int) -> list[int]:
    """Return the fold of each receipt: those of one supplier, however its name is written, share a fold."""
    groups: list[tuple[str, list[int]]] = []
    for number, receipt in enumerate(found):
        name = group_name(receipt.truth.get("company", ""))
        for known, members in groups:
            if name == known or SequenceMatcher(None, name, known, autojunk=False).ratio() >= _ALIKE:
                members.append(number)
                break
        else:
            groups.append((name, [number]))
    fold_of = [0] * len(found)
    sizes = [0] * folds
    for _, members in sorted(groups, key=lambda group: (-len(group[1]), group[0])):
        smallest = sizes.index(min(sizes))
        sizes[smallest] += len(members)
        for number in members:
            fold_of[number] = smallest
    return fold_of


def document_folds(found: Sequence[Receipt], folds: int) -> list[int]:
    """Return the fold of each receipt, dealt out by its identity: other receipts of its supplier may be known."""
    ordered = sorted(range(len(found)), key=lambda number: found[number].identity[::-1])
    fold_of = [0] * len(found)
    for place, number in enumerate(ordered):
        fold_of[number] = place % folds
    return fold_of


def group_name(company: str) -> str:
    """Return the letters of a name without the words of its legal form."""
    return re.sub(r"[\W_]|SDN|BHD|S/B|BERHAD|\(M\)", "", company.upper())
