"""No order of steps makes an account effective without two people, and what was effective stays as history."""

from __future__ import annotations

import uuid
from contextlib import suppress
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import GatewayError
from gateway.domain.ids import SupplierId
from gateway.domain.payables import bank_details
from gateway.domain.payables.supplier import AccountState, CallBack, SupplierAccount

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PEOPLE = tuple(uuid.UUID(int=number) for number in range(1, 5))
STEPS = ("note", "confirm", "emergency", "refuse", "retire", "review")


def _account(requester: uuid.UUID) -> SupplierAccount:
    return SupplierAccount(
        id=uuid.UUID(int=99),
        supplier_id=SupplierId(uuid.UUID(int=98)),
        holder="Somebody",
        country="DE",
        state=AccountState.REQUESTED,
        source="hand",
        requested_by=requester,
        requested_at=NOON,
        iban="DE02120300000000202051",
    )


def _after(account: SupplierAccount, step: str, by: uuid.UUID) -> SupplierAccount:
    match step:
        case "note":
            return bank_details.note_call_back(account, CallBack("a", NOON, "b", "c", by), now=NOON)
        case "confirm":
            return bank_details.confirm(account, by=by, at=NOON, cooling_until=date(2026, 3, 5))
        case "emergency":
            reason = "The supplier stops delivering."
            return bank_details.confirm_in_emergency(
                account, by=by, at=NOON, cooling_until=date(2026, 3, 5), reason=reason
            )
        case "refuse":
            return bank_details.refuse(account, by=by, at=NOON)
        case "retire":
            return bank_details.retire(account)
        case _:
            return bank_details.review_emergency(account, by=by, at=NOON)


@given(st.sampled_from(PEOPLE), st.lists(st.tuples(st.sampled_from(STEPS), st.sampled_from(PEOPLE)), max_size=12))
def test_steps_in_any_order_then_two_people_and_history_stays(
    requester: uuid.UUID, steps: list[tuple[str, uuid.UUID]]
) -> None:
    account = _account(requester)
    reached = [account.state]
    for step, by in steps:
        before = account
        with suppress(GatewayError):
            account = _after(account, step, by)
        if account is not before:
            assert account.version == before.version + 1
            reached.append(account.state)
        assert (account.id, account.iban, account.requested_by) == (before.id, before.iban, requester)
        if account.state in (AccountState.EFFECTIVE, AccountState.RETIRED):
            assert account.decided_by not in (None, requester)
            caller = None if account.call_back is None else account.call_back.noted_by
            assert account.emergency or (caller is not None and caller != account.decided_by)
            assert account.cooling_until == date(2026, 3, 5)
        assert account.reviewed_by is None or account.reviewed_by not in (requester, account.decided_by)

    order = list(dict.fromkeys(reached))
    assert order in (
        [AccountState.REQUESTED],
        [AccountState.REQUESTED, AccountState.REFUSED],
        [AccountState.REQUESTED, AccountState.EFFECTIVE],
        [AccountState.REQUESTED, AccountState.EFFECTIVE, AccountState.RETIRED],
    )
