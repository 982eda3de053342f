"""Review of captured invoices: corrections over the capture, accepting, rejecting, duplicates, learning."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace

import pytest

from gateway.domain.access import Role
from gateway.domain.documents.current_values import DoubtKind
from gateway.domain.documents.duplicates import Sign, Strength
from gateway.domain.documents.invoice import Invoice, InvoiceState, InvoiceStep
from gateway.domain.errors import IdempotencyConflict, InputError, NotPermitted, RuleError
from gateway.domain.ids import InvoiceId
from gateway.services.documents.review_invoices import Correction, Decision, InvoiceView, Rows
from gateway.services.first_answers import RequestKey
from invoice_capture.model import CapturedInvoice, Check, FieldName, Mark
from tests.support.document_desk import IN_ORDER, Desk, captured, clerk, key
from tests.support.storage_rows import new_id


def _render(view: InvoiceView) -> bytes:
    return json.dumps([view.invoice.state, len(view.doubts)]).encode()


def _correct(
    desk: Desk,
    invoice: Invoice,
    fields: dict[str, str],
    *,
    lines: Rows | None = None,
    request: RequestKey | None = None,
) -> InvoiceView:
    correction = Correction(new_id(), invoice.id, fields, lines, None, request or key())
    desk.services.review.correct(clerk(), correction, _render)
    return desk.services.review.get(clerk(), invoice.id)


def _accept(desk: Desk, invoice: Invoice, reason: str = "") -> InvoiceView:
    desk.services.review.accept(clerk(), Decision(new_id(), invoice.id, reason, key()), _render)
    return desk.services.review.get(clerk(), invoice.id)


def _with(**values: str) -> CapturedInvoice:
    return captured(IN_ORDER | {FieldName(name): text for name, text in values.items()})


def test_correction_when_typed_as_people_write_then_stored_normalised_with_who_and_what_stood_there(desk: Desk) -> None:
    invoice = desk.captured(_with(total="191.00"))

    view = _correct(desk, invoice, {"total": "119,00", "date": "1.3.2026", "iban": "DE02 1203 0000 0000 2020 51"})

    fields = view.current.invoice.fields
    assert (fields[FieldName.TOTAL].value, fields[FieldName.IBAN].value) == ("119.00", "DE02120300000000202051")
    assert (view.current.corrected["total"].by, view.current.corrected["total"].captured) == ("anna", "191.00")
    changes = {change.field: (change.before, change.now) for change in view.events[-1].changes}
    assert changes["total"] == ("191.00", "119.00")
    assert view.invoice.summary.total is not None
    assert view.invoice.summary.total.minor == 11900


def test_capture_when_corrected_then_it_stays_as_it_was_read(desk: Desk) -> None:
    invoice = desk.captured(_with(total="191.00"))

    view = _correct(desk, invoice, {"total": "119"})

    assert view.invoice.capture == invoice.capture
    assert view.invoice.capture["fields"]["total"]["value"] == "191.00"


def test_value_when_said_again_as_it_stands_then_it_is_confirmed(desk: Desk) -> None:
    unsure = captured()
    field = replace(unsure.fields[FieldName.COMPANY], mark=Mark.CHECK, confidence=0.4)
    invoice = desk.captured(replace(unsure, fields={**unsure.fields, FieldName.COMPANY: field}))
    assert invoice.state is InvoiceState.NEEDS_REVIEW

    view = _correct(desk, invoice, {"company": "Hafen Kaffee GmbH"})

    assert (view.invoice.state, view.doubts) == (InvoiceState.CAPTURED, ())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("date", "yesterday"),
        ("total", "a lot"),
        ("iban", "DE03120300000000202051"),
        ("vat_id", "DE123456789"),
        ("currency", "pieces"),
        ("bic", "X"),
        ("discount_rate", "200"),
        ("total", "9" * 40),
    ],
)
def test_correction_when_a_value_cannot_be_right_then_refused_at_its_place_and_nothing_is_stored(
    desk: Desk, name: str, text: str
) -> None:
    invoice = desk.captured()

    with pytest.raises(InputError) as told:
        _correct(desk, invoice, {"company": "Other", name: text})

    assert (told.value.code, told.value.pointer) == ("invalid_field_value", f"/fields/{name}")
    assert text not in told.value.message + told.value.hint
    assert len(desk.services.review.get(clerk(), invoice.id).events) == 1


def test_sum_when_it_does_not_hold_then_accepting_needs_a_reason_that_is_kept(desk: Desk) -> None:
    wrong = replace(
        _with(total="120.00"),
        checks=(Check("net_plus_tax", holds=False, terms=(("net", "100.00"), ("tax", "19.00")), difference="-1.00"),),
    )
    invoice = desk.captured(wrong)

    with pytest.raises(RuleError) as told:
        _accept(desk, invoice)
    view = _accept(desk, invoice, "Rounded up by the supplier, agreed by phone.")

    assert told.value.code == "reason_for_acceptance_needed"
    assert view.invoice.state is InvoiceState.VALIDATED
    assert view.events[-1].reason.startswith("Rounded up")
    assert view.events[-1].actor == "anna"


def test_sum_when_corrected_then_it_is_recomputed_and_holds(desk: Desk) -> None:
    wrong = replace(_with(total="120.00"), checks=(Check("net_plus_tax", holds=False, terms=(), difference="-1.00"),))
    invoice = desk.captured(wrong)

    view = _correct(desk, invoice, {"total": "119.00"})

    assert [(check.code, check.holds) for check in view.current.invoice.checks] == [("net_plus_tax", True)]
    assert view.invoice.state is InvoiceState.CAPTURED


def test_lines_when_given_anew_then_their_sum_is_compared_with_the_net_amount(desk: Desk) -> None:
    invoice = desk.captured()

    short = _correct(desk, invoice, {}, lines=({"text": "Beans", "amount": "90,00"},))
    right = _correct(desk, invoice, {}, lines=({"text": "Beans", "amount": "90"}, {"text": "Cups", "amount": "10"}))

    assert [check.holds for check in short.current.invoice.checks if check.code == "lines_sum"] == [False]
    assert [check.holds for check in right.current.invoice.checks if check.code == "lines_sum"] == [True]


def test_required_field_when_missing_then_in_the_way_until_it_is_given(desk: Desk) -> None:
    invoice = desk.captured(_with(invoice_number=""))
    assert [(doubt.kind, doubt.name) for doubt in desk.services.review.get(clerk(), invoice.id).doubts] == [
        (DoubtKind.MISSING, "invoice_number")
    ]

    _correct(desk, invoice, {"invoice_number": "HK-1"})

    assert _accept(desk, invoice).invoice.state is InvoiceState.VALIDATED


def test_same_invoice_when_captured_from_another_file_then_shown_as_hard_duplicate_and_not_blocked_silently(
    desk: Desk,
) -> None:
    first = desk.captured(_with(invoice_number="RE-0042"))
    second = desk.captured(_with(invoice_number="re 42"), data=b"%PDF-1.4 two")

    view = desk.services.review.get(clerk(), second.id)

    assert (view.invoice.duplicate_of, view.invoice.state) == (first.id, InvoiceState.NEEDS_REVIEW)
    assert [(one.strength, one.sign, one.other_id) for one in view.duplicates] == [
        (Strength.HARD, Sign.SAME_NUMBER_AND_TOTAL, first.id)
    ]
    assert _accept(desk, second, "The first one was a test.").invoice.state is InvoiceState.VALIDATED


def test_same_file_when_it_comes_again_then_no_second_invoice_and_the_arrival_is_shown(desk: Desk) -> None:
    invoice = desk.captured()
    again = desk.hand_in(name="copy.pdf")

    signs = desk.services.review.get(clerk(), invoice.id).duplicates

    assert (again.known, again.document.id) == (True, invoice.document_id)
    assert [(one.sign, one.strength) for one in signs] == [(Sign.SAME_FILE, Strength.SOFT)]
    assert len(desk.invoices()) == 1


def test_decided_invoice_then_nothing_changes_it_any_more(desk: Desk) -> None:
    invoice = desk.captured()
    desk.services.review.reject(clerk(), Decision(new_id(), invoice.id, "Not ours.", key()), _render)

    with pytest.raises(RuleError, match="rejected"):
        _accept(desk, invoice)
    with pytest.raises(RuleError, match="rejected"):
        _correct(desk, invoice, {"total": "1"})

    view = desk.services.review.get(clerk(), invoice.id)
    assert (view.invoice.state, view.events[-1].step) == (InvoiceState.REJECTED, InvoiceStep.REJECTED)


def test_request_when_repeated_then_the_first_answer_and_one_event(desk: Desk) -> None:
    invoice = desk.captured()
    correction = Correction(uuid.uuid4(), invoice.id, {"terms": "14 days"}, None, None, key("same"))

    first, replayed = desk.services.review.correct(clerk(), correction, _render)
    second, again = desk.services.review.correct(clerk(), correction, _render)

    assert (replayed, again, first) == (False, True, second)
    assert len(desk.services.review.get(clerk(), invoice.id).events) == 2
    other = replace(correction, request=RequestKey("same", "another", "/here"))
    with pytest.raises(IdempotencyConflict):
        desk.services.review.correct(clerk(), other, _render)


def test_person_when_only_reading_then_may_look_and_change_nothing(desk: Desk) -> None:
    invoice = desk.captured()
    reader = clerk(role=Role.APPROVER)

    assert desk.services.review.get(reader, invoice.id).invoice.id == invoice.id
    with pytest.raises(NotPermitted):
        desk.services.review.accept(reader, Decision(new_id(), invoice.id, "", key()), _render)
    with pytest.raises(NotPermitted):
        desk.services.review.get(clerk(role=Role.CASHIER), InvoiceId(invoice.id))


def test_accepted_invoice_then_it_is_announced_and_teaches_the_memory_until_somebody_forgets_it(desk: Desk) -> None:
    invoice = desk.captured(_with(company="Hafn Kaffee", vat_id="DE123456788"))
    _correct(desk, invoice, {"company": "Hafen Kaffee GmbH"})
    _accept(desk, invoice)

    (entry,) = desk.services.memory.list(clerk())
    assert entry.entry["names"] == [["Hafen Kaffee GmbH", 1]]
    assert entry.entry["evidence"][0][0] == str(invoice.id)
    assert [one.kind for one in desk.announcer.told] == ["document.read", "invoice.accepted"]
    assert desk.announcer.told[-1].data["amount"] == "119.00"
    assert "DE02" not in str(desk.announcer.told[-1].data)

    desk.services.memory.forget(clerk(), entry.id)

    assert desk.services.memory.list(clerk()) == ()
    changes = desk.services.memory.changes(clerk())
    assert {(one.kind, one.actor) for one in changes} == {("learned", "anna"), ("forgotten", "anna")}


def test_memory_when_there_are_entries_then_the_reader_gets_them(desk: Desk) -> None:
    invoice = desk.captured(_with(vat_id="DE123456788"))
    _accept(desk, invoice)
    desk.hand_in(b"%PDF-1.4 next")

    taken = desk.services.read.take("node", 30)

    assert taken is not None
    assert [entry.entry["names"] for entry in taken.memory] == [[["Hafen Kaffee GmbH", 1]]]
