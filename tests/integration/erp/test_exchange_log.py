"""What was said with ERPs is kept for a while, by document, for administrators only; on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.access import Caller, Permission
from gateway.domain.errors import NotPermitted, OperationalError
from gateway.ports.erp import ErpExchange
from gateway.services.erp.exchange_log import KEPT_DAYS, PUT_ASIDE_MAX, TEXT_MAX, ExchangeLog
from tests.support.erp_documents import bill, key_of
from tests.support.erp_office import ACCOUNT, PLACE, Office
from tests.support.erp_rig import rest_rig
from tests.support.still_parts import MovingClock
from tests.support.storage_rows import new_id

ADMINISTRATOR = Caller(*PLACE, new_id(), "ada", frozenset({Permission.ERP_EXCHANGES}))


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    clock = MovingClock()
    with closing(SqlStorage(database_url, clock)) as storage, rest_rig() as rig:
        yield Office(storage, clock, rig)


@pytest.fixture
def kept(office: Office) -> ExchangeLog:
    return ExchangeLog(office.storage, office.clock, PLACE)


def _said(number: int = 1, **told: str) -> ErpExchange:
    usual = {"outcome": "answered", "request": f"ask {number}", "answer": f"answer {number}"}
    return ErpExchange(ACCOUNT, "find", "GET http://erp/1", 0.25, **(usual | told))


def test_exchanges_when_a_bill_is_posted_then_all_calls_are_told_under_its_key_without_secret(
    office: Office, kept: ExchangeLog
) -> None:
    office.rig.exchanges = _Told(kept)
    office.send(bill(1))
    runner = office.runner()
    runner._about = kept.about
    runner.run(10)
    assert kept.page(ADMINISTRATOR, ACCOUNT) == ()

    count = kept.store()

    found = kept.page(ADMINISTRATOR, "a-1", key=key_of(1))
    assert len(found) == count >= 4
    assert [one.id for one in found] == sorted((one.id for one in found), reverse=True)
    assert {"create_vendor_bill", "post_vendor_bill"} <= {one.operation for one in found}
    assert not [one for one in found if office.rig.secret in one.request + one.answer + one.address]
    assert kept.page(ADMINISTRATOR, "a-1", key=key_of(2)) == ()


def test_exchanges_when_paged_then_each_once_and_long_ones_are_cut(kept: ExchangeLog) -> None:
    for number in range(5):
        kept.keep(_said(number))
    kept.keep(_said(request="x" * (TEXT_MAX + 1)))
    kept.store()

    first = kept.page(ADMINISTRATOR, ACCOUNT, limit=4)
    rest = kept.page(ADMINISTRATOR, ACCOUNT, before=first[-1].id, limit=4)

    assert len({one.id for one in (*first, *rest)}) == 6
    assert max(len(one.request) for one in (*first, *rest)) < TEXT_MAX + 50
    assert first[0].took_ms == 250


def test_exchanges_when_they_are_old_or_too_many_then_forgotten(
    office: Office, kept: ExchangeLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.keep(_said(1))
    kept.store()
    office.clock.move(timedelta(days=KEPT_DAYS, hours=1).total_seconds())
    for number in range(2, 6):
        kept.keep(_said(number))
        office.clock.move(1)
    kept.store()
    monkeypatch.setattr("gateway.services.erp.exchange_log.KEPT_MOST", 3)

    assert kept.forget() == 2
    assert [one.request for one in kept.page(ADMINISTRATOR, ACCOUNT)] == ["ask 5", "ask 4", "ask 3"]


def test_exchanges_when_the_database_is_away_then_they_wait_and_more_than_fit_are_dropped(
    kept: ExchangeLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(PUT_ASIDE_MAX + 10):
        kept.keep(_said(number))
    with monkeypatch.context() as broken:
        broken.setattr(kept._storage, "write", _away)
        assert kept.store() == 0

    assert kept.store() == PUT_ASIDE_MAX


def test_exchanges_when_somebody_else_asks_then_refused(kept: ExchangeLog) -> None:
    with pytest.raises(NotPermitted):
        kept.page(Caller(*PLACE, new_id(), "mia", frozenset({Permission.ERP_READ})), ACCOUNT)


def _away() -> None:
    raise OperationalError("database_unavailable", "The database did not answer.", "Try again.")


class _Told(list[ErpExchange]):
    """A rig's list that hands on what it is told."""

    def __init__(self, log: ExchangeLog) -> None:
        super().__init__()
        self._log = log

    def append(self, exchange: ErpExchange) -> None:
        self._log.keep(exchange)
