"""Small items and lines for tests of the engine."""

from __future__ import annotations

import datetime as dt

from gateway.reconciliation.records import BankLine, CardSale, ItemId, LineId, OpenItem, PartyId, Side

DAY = dt.date(2026, 3, 2)


def invoice(
    identity: str,
    amount: int,
    *,
    party: str = "P1",
    name: str = "Harbour Bakery Ltd",
    document: str | None = None,
    issued: dt.date = DAY,
    currency: str = "EUR",
    discount_bp: int = 0,
    side: Side = Side.RECEIVABLE,
    credit_note: bool = False,
    end_to_end: str | None = None,
    iban: str | None = None,
) -> OpenItem:
    """Return an open item; without a document its number is made of its identity."""
    return OpenItem(
        ItemId(identity),
        side,
        credit_note,
        PartyId(party),
        name,
        iban,
        document or f"DOC-2026-{identity}",
        None,
        None,
        None,
        end_to_end,
        currency,
        amount,
        issued,
        issued + dt.timedelta(days=30),
        discount_bp,
        issued + dt.timedelta(days=14) if discount_bp else None,
    )


def card_sale(identity: str, amount: int, sold_at: str, *, terminal: str = "55500011") -> OpenItem:
    """Return an unpaid card sale; a negative amount is a refund."""
    day = dt.date.fromisoformat(sold_at[:10])
    card = CardSale(terminal, "880011", "VISA", None, sold_at, amount < 0)
    return OpenItem(
        ItemId(identity), Side.CARD, False, None, "Acme Acquiring", None, None, None, None, None, None, "EUR", amount,
        day, None, 0, None, card,
    )  # fmt: skip


def line(
    identity: str,
    amount: int,
    text: str = "",
    *,
    name: str = "HARBOUR BAKERY LTD",
    days: int = 10,
    iban: str | None = None,
    end_to_end: str | None = None,
    return_code: str | None = None,
    original: tuple[int, str] | None = None,
) -> BankLine:
    """Return a bank line some days after `DAY`."""
    booked = DAY + dt.timedelta(days=days)
    return BankLine(
        LineId(identity),
        booked,
        amount,
        "EUR",
        name,
        iban,
        end_to_end,
        None,
        text,
        "PMNT-RCDT-ESCT",
        original,
        return_code,
    )
