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
from typing import TypeVar

import msgspec

from gateway.domain.errors import InputError
from gateway.reconciliation.entries import Entry
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
    PartyId,
    Side,
)

BLOCK_BYTES = 1 << 20
"""So much of a file is parsed at a time: quicker than line by line, and small beside what it becomes."""
LINES_AT_ONCE = 200_000
"""So many lines are explained together and forgotten once they are answered: their reasons would fill the memory."""


class _ItemRecord(msgspec.Struct, gc=False):
    """A line of `open_items.jsonl`; what begins with `terminal_id` is told of card sales alone."""

    id: str
    side: Side
    type: str
    currency: str
    amount: int
    issue_date: dt.date
    party_id: str | None = None
    party_name: str | None = None
    party_iban: str | None = None
    doc_no: str | None = None
    order_no: str | None = None
    customer_no: str | None = None
    structured_ref: str | None = None
    e2e_id: str | None = None
    due_date: dt.date | None = None
    discount_bp: int = 0
    discount_until: dt.date | None = None
    terminal_id: str | None = None
    merchant_id: str | None = None
    card_brand: str | None = None
    batch_no: int | None = None
    sold_at: str | None = None


class _LineRecord(msgspec.Struct, gc=False):
    """A line of `statement.jsonl`."""

    id: str
    booking_date: dt.date
    amount: int
    currency: str
    name: str | None = None
    iban: str | None = None
    e2e_id: str | None = None
    structured_ref: str | None = None
    remittance: str | None = None
    tx_code: str | None = None
    orig_amount: int | None = None
    orig_currency: str | None = None
    return_code: str | None = None


_Record = TypeVar("_Record", _ItemRecord, _LineRecord)
_ITEMS = msgspec.json.Decoder(_ItemRecord)
_LINES = msgspec.json.Decoder(_LineRecord)


@lru_cache(maxsize=4096)
def _day(day: dt.date) -> dt.date:
    """Return the one object that stands for this day."""
    return day


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
        (_item(record) for record in _records(folder / "open_items.jsonl", _ITEMS)), _contracts(folder / "meta.json")
    )
    lines = [_line(record) for record in _records(folder / "statement.jsonl", _LINES)]
    with out.open("wb") as sink:
        for start in range(0, len(lines), LINES_AT_ONCE):
            some = lines[start : start + LINES_AT_ONCE]
            for explanation in engine.explain(some):
                sink.write(_answer(explanation))
            engine.forget(line.id for line in some)


def _records(path: Path, reader: msgspec.json.Decoder[_Record]) -> Iterator[_Record]:
    """Walk through the objects of a file of JSON lines."""
    with path.open("rb") as source:
        while rows := source.readlines(BLOCK_BYTES):
            try:
                yield from reader.decode_lines(b"".join(rows))
            except msgspec.DecodeError as error:
                message = f"{path.name} is no file of JSON lines: {error}"
                raise InputError("unreadable_reconciliation_set", message) from error


def _item(record: _ItemRecord) -> Entry:
    # Whoever owes once owes often: what belongs to a party or a day is kept once.
    return Entry(
        ItemId(record.id),
        record.side,
        record.type == "credit_note",
        None if record.party_id is None else PartyId(sys.intern(record.party_id)),
        record.party_name and sys.intern(record.party_name),
        record.party_iban and sys.intern(record.party_iban),
        record.doc_no,
        record.order_no,
        record.customer_no and sys.intern(record.customer_no),
        record.structured_ref,
        record.e2e_id,
        sys.intern(record.currency),
        record.amount,
        _day(record.issue_date),
        _day(record.due_date) if record.due_date else None,
        record.discount_bp,
        _day(record.discount_until) if record.discount_until else None,
        _card(record) if record.side is Side.CARD else None,
        record.amount,
    )


def _card(record: _ItemRecord) -> CardSale:
    if record.terminal_id is None or record.card_brand is None or record.sold_at is None:
        message = f"the card sale {record.id} does not tell terminal, brand and time"
        raise InputError("unreadable_reconciliation_set", message)
    return CardSale(
        terminal=sys.intern(record.terminal_id),
        merchant=record.merchant_id and sys.intern(record.merchant_id),
        brand=sys.intern(record.card_brand),
        batch=record.batch_no,
        sold_at=record.sold_at,
        refund=record.type == "refund",
    )


def _line(record: _LineRecord) -> BankLine:
    original = record.orig_amount
    return BankLine(
        LineId(record.id),
        _day(record.booking_date),
        record.amount,
        sys.intern(record.currency),
        record.name or "",
        record.iban,
        record.e2e_id,
        record.structured_ref,
        record.remittance or "",
        sys.intern(record.tx_code or ""),
        None if original is None else (original, record.orig_currency or ""),
        record.return_code,
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
        dt.date.fromisoformat(day): {currency: int(Decimal(rate) * RATE_UNIT) for currency, rate in of_day.items()}
        for day, of_day in meta.get("fx_mid_per_eur", {}).items()
    }
    return Contracts(acquirers=acquirers, rates=rates)


def _answer(explanation: Explanation) -> bytes:
    answer: dict[str, object] = {
        "line_id": explanation.line,
        "items": explanation.applied,
        "auto": explanation.certain,
        "kind": explanation.kind,
        "reasons": [{"code": reason.code, **dict(reason.figures)} for reason in explanation.reasons],
    }
    if explanation.adjustments:
        answer["adjustments"] = {one.name: one.amount for one in explanation.adjustments}
    if explanation.duplicate_of:
        answer["duplicate_of"] = explanation.duplicate_of
    if explanation.reverses:
        answer["reverses"] = explanation.reverses
    return _WRITER.encode(answer) + b"\n"


_WRITER = msgspec.json.Encoder()
