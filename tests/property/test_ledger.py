"""The ledger in the domain: the books balance whatever happens, and a reservation is closed once."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import RuleError
from gateway.domain.ids import StoreId, TenantId, TransferId
from gateway.domain.ledger import Balance, Transfer, TransferKind, balances, closing, imbalance
from gateway.domain.money import Currency, Money

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
EUR = Currency.of("EUR")
ENDINGS = st.sampled_from((None, TransferKind.POST, TransferKind.VOID))


def _pending(number: int, minor: int, debit: str, credit: str, currency: Currency = EUR) -> Transfer:
    return Transfer(
        tenant_id=TenantId("acme"),
        store_id=StoreId("north"),
        id=TransferId(uuid.UUID(int=number)),
        kind=TransferKind.PENDING,
        debit_account=debit,
        credit_account=credit,
        amount=Money(minor, currency),
        pending_id=None,
        cause_id=uuid.UUID(int=number),
        trace_id="t",
        recorded_at=NOON,
    )


@st.composite
def _histories(draw: st.DrawFn) -> list[tuple[Transfer, TransferKind | None]]:
    found = []
    for number in range(1, draw(st.integers(1, 10))):
        debit, credit = draw(st.permutations("abcd"))[:2]
        currency = draw(st.sampled_from((EUR, Currency.of("JPY"))))
        found.append((_pending(number, draw(st.integers(1, 10**12)), debit, credit, currency), draw(ENDINGS)))
    return found


def _rows(history: list[tuple[Transfer, TransferKind | None]]) -> list[Transfer]:
    rows = [pending for pending, _ in history]
    return rows + [closing(pending, kind=kind, recorded_at=NOON) for pending, kind in history if kind is not None]


@given(_histories(), st.randoms(use_true_random=False))
def test_balances_then_debits_equal_credits_in_every_currency_and_order_does_not_matter(
    history: list[tuple[Transfer, TransferKind | None]], random: object
) -> None:
    rows = _rows(history)
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis hands over a random.Random

    found = balances(rows)

    assert balances(shuffled) == found
    assert set(imbalance(found.values()).values()) <= {0}
    posted = sum(pending.amount.minor for pending, kind in history if kind is TransferKind.POST)
    reserved = sum(pending.amount.minor for pending, kind in history if kind is None)
    assert sum(balance.debits_posted for balance in found.values()) == posted
    assert sum(balance.credits_pending for balance in found.values()) == reserved


@given(st.integers(1, 10**12), st.sampled_from((TransferKind.POST, TransferKind.VOID)))
def test_closing_then_in_full_with_an_id_that_follows_from_the_reservation(minor: int, kind: TransferKind) -> None:
    pending = _pending(1, minor, "a", "b")

    closed = closing(pending, kind=kind, recorded_at=NOON)

    other = closing(pending, kind=TransferKind.VOID, recorded_at=NOON)
    assert closed.id == other.id != pending.id
    assert closed == replace(pending, id=closed.id, kind=kind, pending_id=pending.id)


@pytest.mark.parametrize(
    ("first", "second"), [(TransferKind.POST, TransferKind.VOID), (TransferKind.PENDING, TransferKind.PENDING)]
)
def test_closing_when_not_a_reservation_or_not_an_end_then_refused(first: TransferKind, second: TransferKind) -> None:
    transfer = replace(_pending(1, 5, "a", "b"), kind=first)

    with pytest.raises(RuleError) as error:
        closing(transfer, kind=second, recorded_at=NOON)

    assert error.value.code == "not_pending"


def test_balances_then_pending_becomes_posted_or_goes() -> None:
    pending = _pending(1, 500, "a", "b")
    posted = closing(pending, kind=TransferKind.POST, recorded_at=NOON)
    void = closing(pending, kind=TransferKind.VOID, recorded_at=NOON)

    assert balances([pending])["a", "EUR"] == Balance("a", EUR, debits_pending=500)
    assert balances([pending, posted])["b", "EUR"] == Balance("b", EUR, credits_posted=500)
    assert balances([pending, void]) == {}
