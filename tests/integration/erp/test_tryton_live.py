"""The connector against a live Tryton: the suite of all connectors, with faults put in between, and its own books."""

from __future__ import annotations

import dataclasses
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from itertools import cycle, islice
from pathlib import Path

import pytest

from gateway.adapters.clock import SystemClock
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.erp.documents import VendorBill
from gateway.domain.erp.posting import SETTLE_S, PostingState
from gateway.domain.erp.records import OpenItemRecord, OpenItemSide, OrderRecord, RecordKind, VendorRecord
from tests.contract.erp.test_modelled_erps import (  # noqa: F401  # tests of the suite, run over this file's rig
    _bill,
    _made,
    test_check_when_a_field_is_wrong_then_it_is_named,
    test_check_when_all_fits_then_company_and_version_and_nothing_to_correct,
    test_fetch_when_paged_then_no_record_is_lost,
    test_put_when_a_draft_was_left_half_made_then_it_is_finished,
    test_put_when_all_goes_well_then_posted_once_to_the_cent,
    test_put_when_asked_for_fewer_calls_then_the_seconds_are_told,
    test_put_when_no_answer_comes_after_it_is_done_then_find_tells,
    test_put_when_no_answer_comes_before_it_is_done_then_unknown_and_nothing_there,
    test_put_when_refused_then_the_reason_of_the_list_and_no_effect,
    test_put_when_somebody_entered_the_bill_by_hand_then_duplicate_and_not_ours,
    test_put_when_the_access_has_ended_then_renewed_once_where_it_can_be,
    test_put_when_the_erp_computes_another_sum_then_not_posted_and_both_are_told,
    test_put_when_the_erp_does_a_step_twice_then_one_document,
    test_put_when_the_period_is_closed_then_the_draft_stays,
)
from tests.support.erp_model import SECRET
from tests.support.erp_model_rigs import ModelRig
from tests.support.erp_office import send, states_of
from tests.support.migrated import migrated_sqlite
from tests.support.still_parts import MovingClock
from tests.support.thoroughness import THOROUGH
from tests.support.tryton_bringing import bringing
from tests.support.tryton_proxy import tryton_rig
from tests.support.tryton_server import TrytonServer, running_tryton

ROOT = Path(__file__).resolve().parents[3]
pytestmark = [pytest.mark.erp, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrytonServer]:
    with running_tryton(tmp_path_factory.mktemp("erp")) as running:
        yield running


@pytest.fixture(scope="module")
def rig_of_model(server: TrytonServer) -> Iterator[ModelRig]:
    with tryton_rig(server) as made:
        yield made


@pytest.fixture
def rig(rig_of_model: ModelRig) -> ModelRig:
    """A rig on which nothing goes wrong yet."""
    rig_of_model.erp.faults.clear()
    return rig_of_model


def test_fetch_when_vendors_and_orders_then_what_the_seed_says(rig: ModelRig) -> None:
    vendors = {
        one.name: one
        for one in rig.connector().fetch(RecordKind.VENDOR, "", 100).records
        if isinstance(one, VendorRecord)
    }
    orders = {
        one.number: one
        for one in rig.connector().fetch(RecordKind.ORDER, "", 100).records
        if isinstance(one, OrderRecord)
    }

    paper = vendors["Paper & Co"]
    assert (paper.vat_id, paper.ibans, paper.terms_code) == ("BE0403019261", ("BE07131673267766",), "30 days")
    assert {name: one.blocked for name, one in vendors.items() if name != "EU Bank"} == {
        "Paper & Co": False,
        "Beans GmbH": False,
        "Walk-in customer": True,
    }
    (beans,) = orders["2"].lines
    assert (beans.sku, beans.ordered, beans.received, beans.unit_price) == (
        "A-300",
        Decimal(30),
        Decimal(20),
        Decimal("7.1"),
    )


def test_payment_when_posted_then_its_bill_is_no_longer_open(rig: ModelRig) -> None:
    bill = _bill(rig)
    rig.connector().put(bill)
    before = _open(rig)
    payment = _made(rig, "payment")
    assert rig.connector().put(payment).state.value == "posted"

    after = _open(rig)

    assert before[bill.number].side is OpenItemSide.PAYABLE
    assert (before[bill.number].amount_minor, before[bill.number].due_on) == (bill.gross_minor, bill.due_on)
    assert payment.pays[0].number not in after  # type: ignore[union-attr]  # a payment was asked for
    assert bill.number in after


def test_exchanges_when_kept_then_no_password_and_no_whole_account_number(rig: ModelRig) -> None:
    rig.connector().put(_bill(rig))
    rig.connector().fetch(RecordKind.VENDOR, "", 100)

    kept = "".join(one.request + one.answer + one.address for one in rig.exchanges)
    assert SECRET not in kept
    assert "BE07131673267766" not in kept.replace(" ", "")
    assert "***7766" in kept


def _open(rig: ModelRig) -> dict[str, OpenItemRecord]:
    records = rig.connector().fetch(RecordKind.OPEN_ITEM, "", 1000).records
    return {one.document_number: one for one in records if isinstance(one, OpenItemRecord)}


INVOICE = "account.invoice"
POINTS = (
    "before journal sending",
    "after journal sending",
    f"during create_vendor_bill {INVOICE}.create",
    f"after create_vendor_bill {INVOICE}.create",
    "during attach_vendor_bill ir.attachment.create",
    "after attach_vendor_bill ir.attachment.create",
    f"during validate {INVOICE}.validate_invoice",
    f"after validate {INVOICE}.validate_invoice",
    f"during post {INVOICE}.post",
    f"after post {INVOICE}.post",
    "before journal posted",
    "after journal posted",
)
KILLS = 30 if THOROUGH else len(POINTS)


def test_bill_when_its_node_is_killed_at_each_point_then_it_is_posted_once(rig: ModelRig, tmp_path: Path) -> None:
    told = (rig.erp.address, rig.usual["erp"]["database"], rig.usual["erp"]["login"])
    url, clock = migrated_sqlite(tmp_path / "node.sqlite3"), MovingClock()
    killed = 0
    for number, point in enumerate(islice(cycle(POINTS), KILLS)):
        document = _bill_over(rig, 10_000 + number)
        with closing(SqlStorage(url, clock)) as storage:
            send(storage, SystemClock(), document)
        command = [sys.executable, "-m", "tests.support.tryton_child", url, *told, point]
        killed += subprocess.run(command, check=False, cwd=ROOT, timeout=60).returncode == -signal.SIGKILL
        with closing(SqlStorage(url, clock)) as storage:
            # What was begun is looked up once Tryton can no longer be at work on it.
            clock.move((SystemClock().now() - clock.now() + timedelta(minutes=10)).total_seconds())
            runner = bringing(storage, clock, told, f"next {number}")
            runner.take_over("child")
            for _ in range(3):
                runner.run(10)
                clock.move(SETTLE_S)
            assert set(states_of(storage)) == {PostingState.POSTED}, point

        whole = (Decimal(document.gross_minor) / 100, (document.attachments[0].content,))
        assert rig.booked(document.key) == [whole], point
    assert killed == KILLS


def _bill_over(rig: ModelRig, net: int) -> VendorBill:
    usual = _bill(rig)
    tax = (net * 19 + 50) // 100
    return dataclasses.replace(
        usual,
        lines=(dataclasses.replace(usual.lines[0], net_minor=net),),
        taxes=(dataclasses.replace(usual.taxes[0], base_minor=net, amount_minor=tax),),
        net_minor=net,
        tax_minor=tax,
        gross_minor=net + tax,
    )
