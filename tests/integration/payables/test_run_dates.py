"""A run for a later date sees at least what an earlier one sees as due, and executes nothing before its date."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from connectors.formats.bank_profiles import BankProfiles
from gateway.adapters.bank_calendar import HolidayCalendar
from gateway.adapters.bank_files import ProfiledBankFiles
from gateway.domain.payables.choose_instrument import OwnAccount
from gateway.domain.payables.choose_payments import RunFacts, choose
from gateway.domain.payables.run_terms import RunTerms
from gateway.services.payables.run_desk import RunDesk
from tests.support.bank_loop import ACCOUNT, MovableClock
from tests.support.run_rows import TODAY, account, payable, supplier, supplier_id_of

_DAYS = st.integers(min_value=0, max_value=45)


def _paid(desk: RunDesk, dues: list[int], run_on: date) -> dict[str, date]:
    """Which invoices a run of a date pays, and when."""
    owed = [payable(f"R-{place}", due=TODAY + timedelta(days=days)) for place, days in enumerate(dues)]
    alpha = supplier_id_of("Alpha")
    facts = RunFacts(
        payables=owed,
        suppliers={alpha: supplier(single=True)},
        accounts={alpha: account()},
        own=desk.own(),
        approved={one.id for one in owed},
    )
    chosen = choose(facts, desk.rules(run_on, {}))
    return {one.allocations[0].number: one.execute_on for one in chosen.payments}


@given(dues=st.lists(_DAYS, min_size=1, max_size=6), early=_DAYS, more=_DAYS)
def test_later_date_then_pays_all_that_an_earlier_one_pays_and_never_before_it(
    dues: list[int], early: int, more: int
) -> None:
    desk = RunDesk(
        own=[OwnAccount(ACCOUNT)],
        terms=RunTerms(),
        writer=ProfiledBankFiles(BankProfiles()),
        calendar=HolidayCalendar(),
        clock=MovableClock(),
    )
    first, later = TODAY + timedelta(days=early), TODAY + timedelta(days=early + more)

    sooner, all_of_it = _paid(desk, dues, first), _paid(desk, dues, later)

    assert sooner.keys() <= all_of_it.keys()
    assert all(day >= first for day in sooner.values())
    assert all(day >= later for day in all_of_it.values())
    due_by = {f"R-{place}" for place, days in enumerate(dues) if TODAY + timedelta(days=days) <= first}
    assert due_by <= sooner.keys()
