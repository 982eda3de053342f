"""The command `reconcile DATA OUT`: explains the lines of a folder of files and writes one answer a line.

Reads `meta.json` (acquirers, rates), `open_items.jsonl` and `statement.jsonl`; writes JSON lines with the items,
whether the line may be posted without a person, adjustments, and the reasons as codes with figures.
Amounts are minor units.
"""

import datetime as dt
import gc
import json
import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from gateway.domain.errors import InputError
from gateway.reconciliation.explanations import Explanation
from gateway.reconciliation.reconciler import Reconciler
from gateway.reconciliation.records import (
    RATE_UNIT,
    AcquirerContract,
    BankLine,
    CardFee,
    CardSale,
    Contracts,
    ItemId,
    LineId,
    OpenItem,
    PartyId,
    Side,
)

BLOCK_BYTES = 1 << 20
"""So much of a file is parsed at a time: quicker than line by line, and small beside what it becomes."""
LINES_AT_ONCE = 1_000_000


def main(words: Sequence[str]) -> int:
    """Run the command; return its exit code."""
    if len(words) != 2:
        sys.stderr.write("Usage: tillbridge reconcile FOLDER OUT.jsonl\n")
        return 2
    folder, out = Path(words[0]), Path(words[1])
    # Half a million small objects that all live to the end: collecting garbage among them would only cost time.
    gc.disable()
    try:
        reconcile_folder(folder, out)
    except (OSError, InputError) as error:
        sys.stderr.write(f"{folder} cannot be reconciled: {error}\n")
        return 1
    finally:
        gc.enable()
    return 0


def reconcile_folder(folder: Path, out: Path) -> None:
    """Explain all lines of a folder and write the answers.

    Raises:
        InputError: `unreadable_reconciliation_set`: a file is not in the format.
        OSError: a file cannot be read or written.
    """
    engine = Reconciler(
        (_item(record) for record in _records(folder / "open_items.jsonl")), _contracts(folder / "meta.json")
    )
    lines = [_line(record) for record in _records(folder / "statement.jsonl")]
    with out.open("w", encoding="utf-8") as sink:
        for start in range(0, len(lines), LINES_AT_ONCE):
            for explanation in engine.explain(lines[start : start + LINES_AT_ONCE]):
                sink.write(_answer(explanation))


def _records(path: Path) -> Iterator[dict[str, Any]]:
    """Walk through the objects of a file of JSON lines."""
    with path.open("rb") as source:
        while rows := source.readlines(BLOCK_BYTES):
            block = b",".join(row for row in rows if row.strip())
            try:
                yield from from_json(b"[" + block + b"]")
            except (ValueError, TypeError, KeyError) as error:
                message = f"{path.name} is no file of JSON lines: {error}"
                raise InputError("unreadable_reconciliation_set", message) from error


@lru_cache(maxsize=4096)
def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _item(record: dict[str, Any]) -> OpenItem:
    get = record.get
    side = Side(record["side"])
    due, until = record["due_date"], record["discount_until"]
    card = None
    if side is Side.CARD:
        card = CardSale(
            terminal=record["terminal_id"],
            merchant=get("merchant_id"),
            brand=record["card_brand"],
            batch=get("batch_no"),
            sold_at=record["sold_at"],
            refund=record["type"] == "refund",
        )
    return OpenItem(
        ItemId(record["id"]),
        side,
        record["type"] == "credit_note",
        None if record["party_id"] is None else PartyId(sys.intern(record["party_id"])),
        record["party_name"] and sys.intern(record["party_name"]),
        record["party_iban"] and sys.intern(record["party_iban"]),
        record["doc_no"],
        record["order_no"],
        record["customer_no"] and sys.intern(record["customer_no"]),
        record["structured_ref"],
        record["e2e_id"],
        sys.intern(record["currency"]),
        record["amount"],
        _day(record["issue_date"]),
        _day(due) if due else None,
        record["discount_bp"],
        _day(until) if until else None,
        card,
    )


def _line(record: dict[str, Any]) -> BankLine:
    original = record["orig_amount"]
    return BankLine(
        LineId(record["id"]),
        _day(record["booking_date"]),
        record["amount"],
        sys.intern(record["currency"]),
        record["name"] or "",
        record["iban"],
        record["e2e_id"],
        record["structured_ref"],
        record["remittance"] or "",
        sys.intern(record["tx_code"] or ""),
        None if original is None else (original, record["orig_currency"]),
        record["return_code"],
    )


def _contracts(path: Path) -> Contracts:
    meta = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    names = meta.get("acquirer_bank_names", {})
    acquirers = tuple(
        AcquirerContract(
            acquirer=acquirer,
            bank_name=names.get(acquirer, acquirer),
            fees={brand: CardFee(bp=fee["bp"], fixed=fee["fixed"]) for brand, fee in fees.items()},
        )
        for acquirer, fees in meta.get("acquirer_fees", {}).items()
    )
    rates = {
        _day(day): {currency: int(Decimal(rate) * RATE_UNIT) for currency, rate in of_day.items()}
        for day, of_day in meta.get("fx_mid_per_eur", {}).items()
    }
    return Contracts(acquirers=acquirers, rates=rates)


def _answer(explanation: Explanation) -> str:
    answer: dict[str, object] = {
        "line_id": explanation.line,
        "items": [[one.item, one.amount] for one in explanation.applied],
        "auto": explanation.certain,
        "kind": explanation.kind.value,
        "reasons": [{"code": reason.code.value, **dict(reason.figures)} for reason in explanation.reasons],
    }
    if explanation.adjustments:
        answer["adjustments"] = {one.name: one.amount for one in explanation.adjustments}
    if explanation.duplicate_of:
        answer["duplicate_of"] = explanation.duplicate_of
    if explanation.reverses:
        answer["reverses"] = explanation.reverses
    return _dump(answer) + "\n"


_dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
