"""What only one of the modelled ERPs has: a claim, a unique field, lines one by one, payments of one bill."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from connectors.sandbox_erp.faults import Fault, FaultPlan
from gateway.domain.erp.documents import PaidBill, VendorBill, VendorPayment
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode
from gateway.domain.erp.put_result import PutState
from gateway.ports.erp import Capability, ErpDocument, hints_of
from tests.support.erp_bringing import brought
from tests.support.erp_documents import bill, entry, payment, sales_day
from tests.support.erp_model_rigs import MODELS, ModelRig
from tests.support.thoroughness import THOROUGH

DOCUMENTS = 100 if THOROUGH else 12


def _bill(rig: ModelRig, seed: int, /, **changes: Any) -> VendorBill:
    return dataclasses.replace(bill(seed), vendor=rig.vendor, **changes)


def _payment(rig: ModelRig, *paid: PaidBill) -> VendorPayment:
    amount = sum(one.amount_minor for one in paid)
    return dataclasses.replace(payment(9_001, amount), vendor=rig.vendor, pays=paid)


def _paid(document: VendorBill, amount_minor: int, **more: Any) -> PaidBill:
    return PaidBill(document.key, document.number, amount_minor, **more)


def _failed(rig: ModelRig, document: VendorBill | VendorPayment) -> ErpFailure:
    with pytest.raises(ErpFailure) as failed:
        rig.connector().put(document)
    return failed.value


@pytest.mark.parametrize("name", sorted(MODELS))
def test_documents_when_every_tenth_call_goes_wrong_then_each_is_booked_once(name: str) -> None:
    """Of bills with odd amounts every second one is paid; entries go where they can be booked."""
    with MODELS[name]() as rig:
        chance = Random(8)
        bills = [_bill(rig, one, **_amounts(chance)) for one in range(1, DOCUMENTS)]
        paid = [
            dataclasses.replace(
                payment(500 + at, one.gross_minor), vendor=rig.vendor, pays=(_paid(one, one.gross_minor),)
            )
            for at, one in enumerate(bills[::2])
        ]
        able = rig.connector().check().capabilities
        documents: list[ErpDocument] = [*bills, *paid]
        if Capability.ENTRIES_OUT in able:
            documents += [entry(900), sales_day(901)]
        rig.erp.faults = FaultPlan(0.1, seed=21)

        connector = rig.connector()
        unresolved = [one.key for one in documents if not brought(connector, one)]

        booked = Counter(key for key, _, _ in rig.erp.posted())
        assert unresolved == []
        assert booked == Counter(one.key for one in documents)
        assert [rig.booked(one.key)[0][0] for one in bills] == [Decimal(one.gross_minor) / 100 for one in bills]
        assert all({file.content for file in one.attachments} == {*rig.booked(one.key)[0][1]} for one in bills)
        assert rig.erp.faults.happened > len(documents) // 2


def _amounts(chance: Random) -> dict[str, Any]:
    """Return amounts of a bill whose tax was rounded by its whole."""
    made = bill(1, net_minor=chance.randint(2_000, 900_000))
    names = ("net_minor", "tax_minor", "gross_minor", "lines", "taxes")
    return {name: getattr(made, name) for name in names}


def test_odoo_when_the_key_is_claimed_by_another_draft_then_ours_is_not_posted() -> None:
    """Two calls made a draft each; the other one was quicker to claim and post."""
    with MODELS["odoo over JSON-RPC"]() as rig:
        document = _bill(rig, 1)
        rig.erp.faults.add(Fault.TIMEOUT_BEFORE, "claim")
        _failed(rig, document)
        other = dict(rig.erp.tables["account.move"][1])
        rig.erp.add("account.move", **{**other, "id": 2, "state": "posted", "name": "BILL/1"})
        rig.erp.add("ir.model.data", module="__tillbridge__", name=document.key, model="account.move", res_id=2)

        result = rig.connector().put(document)

        assert (result.state, result.erp_id) == (PutState.DUPLICATE, "2")
        assert [move["state"] for move in rig.erp.tables["account.move"].values()] == ["draft", "posted"]


def test_odoo_when_no_claims_are_made_then_found_by_its_origin_and_the_capability_is_not_told() -> None:
    with MODELS["odoo over JSON-RPC"]() as rig:
        document = _bill(rig, 1)
        connector = rig.connector(erp={"claim": "off"})
        rig.erp.faults.add(Fault.TIMEOUT_AFTER, "post_bill")
        with pytest.raises(ErpFailure):
            connector.put(document)

        again = connector.put(document)

        assert (again.state, len(rig.erp.posted())) == (PutState.DUPLICATE, 1)
        assert "ir.model.data" not in rig.erp.tables
        assert Capability.REFUSES_DUPLICATES not in connector.check().capabilities


def test_odoo_when_it_was_cancelled_there_then_refused_and_not_made_again() -> None:
    with MODELS["odoo over JSON-2"]() as rig:
        document = _bill(rig, 1)
        rig.connector().put(document)
        rig.erp.tables["account.move"][1]["state"] = "cancel"

        assert _failed(rig, document).failure is FailureCode.REFUSED
        assert len(rig.erp.tables["account.move"]) == 1


def test_odoo_when_several_bills_are_paid_then_whole_only_and_one_in_part() -> None:
    with MODELS["odoo over JSON-RPC"]() as rig:
        first, second = _bill(rig, 1), _bill(rig, 2)
        for document in (first, second):
            rig.connector().put(document)
        part = dataclasses.replace(_payment(rig, _paid(first, 1_900)), key=bill(8).key)

        assert rig.connector().put(part).state is PutState.POSTED
        crooked = _failed(rig, _payment(rig, _paid(first, 11_900), _paid(second, 11_900)))
        whole = rig.connector().put(_payment(rig, _paid(first, 10_000), _paid(second, 11_900)))
        discount = _failed(
            rig, dataclasses.replace(part, key=bill(9).key, pays=(_paid(first, 1_900, discount_minor=1),))
        )

        assert (crooked.failure, crooked.effect) == (FailureCode.NOT_SUPPORTED, Effect.NONE)
        assert whole.state is PutState.POSTED
        assert [move["amount_residual"] for move in rig.erp.tables["account.move"].values()] == [Decimal(0), Decimal(0)]
        assert discount.failure is FailureCode.REFUSED


@pytest.mark.parametrize(
    ("journals", "field"), [({"entries": "NONE"}, "journals.entries"), ({"sales": "MISC"}, "journals.sales")]
)
def test_odoo_when_a_journal_is_wrong_then_check_names_it(journals: Mapping[str, str], field: str) -> None:
    with MODELS["odoo over JSON-RPC"]() as rig:
        assert [one.field for one in rig.connector(journals=journals).check().findings] == [field]


def test_erpnext_when_the_field_for_the_key_is_not_unique_then_check_says_so() -> None:
    with MODELS["erpnext"]() as rig:
        rig.erp.unique = False

        findings = rig.connector(fields={"unit": "Box"}).check().findings

    assert [one.field for one in findings] == ["fields.key", "fields.key", "fields.key", "fields.unit"]


def test_erpnext_when_a_credit_note_then_below_zero_there_and_above_here() -> None:
    with MODELS["erpnext"]() as rig:
        document = _bill(rig, 1, credit_note=True)

        assert rig.connector().put(document).state is PutState.POSTED

        found = rig.connector().find(document.kind, document.key, hints_of(document))
        assert found is not None
        assert found.sums is not None
        assert found.sums.gross_minor == document.gross_minor
        assert rig.booked(document.key)[0][0] == Decimal("-119.00")


def test_erpnext_when_refused_then_its_words_without_tags_and_traceback() -> None:
    with MODELS["erpnext"]() as rig:
        failure = _failed(rig, _bill(rig, 1, posting_on=bill().posting_on.replace(year=2025)))

    assert "within the closed Accounting Period 2025" in failure.detail
    assert "Traceback" not in failure.detail


@pytest.mark.parametrize("fault", [Fault.TIMEOUT_AFTER, Fault.TIMEOUT_BEFORE])
def test_dolibarr_when_a_line_got_lost_then_written_anew(fault: Fault) -> None:
    with MODELS["dolibarr"]() as rig:
        document = _bill(rig, 1)
        rig.erp.faults.add(fault, "add_line")
        assert _failed(rig, document).effect is Effect.UNKNOWN

        assert rig.connector().put(document).state is PutState.POSTED

        assert [gross for gross, _ in rig.booked(document.key)] == [Decimal("119.00")]
        assert len(rig.erp.tables["supplierinvoices"][0]["lines"]) == 2


def test_dolibarr_when_a_line_came_twice_then_written_anew_at_once() -> None:
    with MODELS["dolibarr"]() as rig:
        rig.erp.faults.add(Fault.DUPLICATE, "add_line")

        assert rig.connector().put(_bill(rig, 1)).state is PutState.POSTED
        assert len(rig.erp.tables["supplierinvoices"][0]["lines"]) == 2


def test_dolibarr_when_the_bill_is_no_more_than_a_draft_then_not_paid() -> None:
    with MODELS["dolibarr"]() as rig:
        document = _bill(rig, 1)
        rig.erp.faults.add(Fault.TIMEOUT_BEFORE, "post_bill")
        _failed(rig, document)

        failure = _failed(rig, _payment(rig, _paid(document, 11_900)))

        assert (failure.failure, failure.effect) == (FailureCode.REFUSED, Effect.NONE)
        assert rig.erp.posted() == []


@pytest.mark.parametrize(("amount_minor", "discount_minor"), [(11_000, 0), (11_800, 100)])
def test_dolibarr_when_a_part_is_paid_then_not_supported_and_nothing_paid(
    amount_minor: int, discount_minor: int
) -> None:
    with MODELS["dolibarr"]() as rig:
        document = _bill(rig, 1)
        rig.connector().put(document)

        failure = _failed(rig, _payment(rig, _paid(document, amount_minor, discount_minor=discount_minor)))

        assert (failure.failure, failure.effect) == (FailureCode.NOT_SUPPORTED, Effect.NONE)
        assert len(rig.erp.posted()) == 1


@pytest.mark.parametrize("number", ["R'1", "R:1 (copy)", "R_1", "Ä-1"])
def test_dolibarr_when_a_number_has_odd_letters_then_its_bill_is_still_found(number: str) -> None:
    with MODELS["dolibarr"]() as rig:
        rig.connector().put(_bill(rig, 1, number="RX1"))
        rig.connector().put(_bill(rig, 2, number=number))

        again = rig.connector().put(_bill(rig, 3, number=number))

        assert (again.state, again.erp_id) == (PutState.DUPLICATE, "2")
