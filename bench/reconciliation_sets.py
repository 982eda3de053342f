"""Sets of bank lines with their answers, as other makers would write them: for trying the engine on what it never saw.

    python -m bench.reconciliation_sets FOLDER --words nordic --lines 5000 --seed 1 --difficulty 0.5

The files are those of the benchmark: meta.json, open_items.jsonl, statement.jsonl, truth.jsonl. The same words, size,
seed and difficulty give the same bytes.
"""

import argparse
import json
from collections.abc import Iterable
from pathlib import Path

from bench.reconciliation_kinds import PLAIN
from bench.reconciliation_maker import DAYS, Line, Maker, Record
from bench.reconciliation_rarer import RARER
from bench.reconciliation_words import Vocabulary, vocabularies


def make(folder: Path, words: Vocabulary, *, lines: int, seed: int, difficulty: float) -> Maker:
    """Write one set into a folder, which is made."""
    maker = Maker(words, lines, seed, difficulty)
    kinds = PLAIN | RARER
    names = list(kinds)
    weights = [words.more.get(name, kinds[name][1]) for name in names]
    while len(maker.lines) < lines:
        [name] = maker.random.choices(names, weights)
        kinds[name][0](maker, maker.random.randrange(5, DAYS))
    ordered = sorted(maker.lines, key=lambda line: (line.day, line.tie))
    for at, line in enumerate(ordered):
        line.record["id"] = f"N{at + 1:06d}"
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "statement.jsonl", (line.record for line in ordered))
    _write(folder / "truth.jsonl", (_answer(line) for line in ordered))
    _write(folder / "open_items.jsonl", sorted(maker.items, key=lambda item: (item["issue_date"], item["id"])))
    (folder / "meta.json").write_text(json.dumps(_meta(maker, seed), ensure_ascii=False, indent=1), encoding="utf-8")
    return maker


def _answer(line: Line) -> Record:
    return {
        "line_id": line.record["id"],
        "kind": line.kind,
        "items": [[item["id"], amount] for item, amount in line.items],
        "adjustments": line.adjustments,
        "duplicate_of": line.duplicate_of and line.duplicate_of.record["id"],
        "reverses": line.reverses and line.reverses.record["id"],
    }


def _meta(maker: Maker, seed: int) -> Record:
    words = maker.words
    fees = {
        name: {brand: {"bp": bp, "fixed": fixed} for brand, (bp, fixed) in one.fees.items()}
        for name, one in words.acquirers.items()
    }
    return {
        "format": 1,
        "set": words.name,
        "seed": seed,
        "difficulty": maker.difficulty,
        "own_accounts": [maker.account],
        "acquirer_fees": fees,
        "acquirer_bank_names": {name: one.bank_name for name, one in words.acquirers.items()},
        "fx_mid_per_eur": {maker.date(day): rates for day, rates in enumerate(maker.rates)},
    }


def _write(path: Path, records: Iterable[Record]) -> None:
    text = "".join(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n" for record in records)
    path.write_text(text, encoding="utf-8")


def main() -> None:
    """Run from a shell."""
    known = vocabularies()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--words", choices=list(known), required=True)
    parser.add_argument("--lines", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--difficulty", type=float, default=0.5)
    told = parser.parse_args()
    make(told.folder, known[told.words], lines=told.lines, seed=told.seed, difficulty=told.difficulty)


if __name__ == "__main__":
    main()
