"""The register side of a Caisse-AP payment: what is approved, what is not, and what nobody can know."""

import pytest

from terminal_driver.caisse_ap.configuration import CaisseApConfig
from terminal_driver.caisse_ap.tickets import TicketsWanted, encode_ticket
from terminal_driver.caisse_ap.tlv import Element, encode
from terminal_driver.concert.reference import short_reference
from terminal_driver.engine import Notice, OrphanResult, Progress
from terminal_driver.errors import LocalProtocolError
from terminal_driver.operations import (
    EndOfDay,
    Operation,
    PreAuthorisation,
    Refund,
    Reversal,
    SaleRequest,
    TransactionReference,
)
from terminal_driver.outcome import Aborted, Approved, Baseline, Declined, Unknown
from terminal_driver.zvt.status_codes import Language
from tests.support.caisse_ap_register import Register, answer_to


def test_sale_when_started_then_everything_a_terminal_wants_is_sent() -> None:
    register = Register()

    sent = register.engine.start_operation(SaleRequest(7, "978", Baseline()), register.now)

    assert sent == b"CZ0040300CJ012012345678901CA00201CE003978BA0010CD0010CB00207"


def test_sale_when_done_and_repeated_then_approved() -> None:
    register = Register()
    request = register.request()
    register.answer(
        answer_to(request, AE="10", CB="0001250", CC="00B", AC="338281", AA="682268######8611", CG="424242")
    )

    progress, end = register.events()
    assert isinstance(progress, Progress)
    approved = end.result  # type: ignore[union-attr]  # checked next
    assert isinstance(approved, Approved)
    assert (approved.data.amount_minor, approved.data.currency_numeric, approved.data.code) == (1250, "978", "10")
    assert (approved.data.authorisation, approved.data.card_name) == ("338281", "CB contactless")
    assert (approved.data.card_number_masked, approved.data.merchant_contract) == ("682268******8611", "424242")
    assert approved.data.reference == "attempt-1"
    assert request["CF"] == short_reference("attempt-1")
    assert not register.engine.busy
    assert register.engine.deadline() is None


def test_answer_when_it_shows_the_whole_card_number_then_cut() -> None:
    register = Register()

    register.answer(answer_to(register.request(), AE="10", AA="5555555555554444"))

    ended = register.result()
    assert isinstance(ended, Approved)
    assert ended.data.card_number_masked == "555555******4444"


@pytest.mark.parametrize("other", [{"CA": "02"}, {"CB": "1251"}, {"CE": "952"}, {"CD": "1"}, {"CF": "ABCDEFGHIJ"}])
@pytest.mark.parametrize("told", [{"AE": "10"}, {"AE": "01", "AF": "04"}])
def test_answer_when_it_says_something_else_then_unknown(told: dict[str, str], other: dict[str, str]) -> None:
    register = Register()

    register.answer(answer_to(register.request(), **told, **other))

    ended = register.result()
    assert isinstance(ended, Unknown)
    assert ended.code == "echo_mismatch"
    assert register.asked == []


@pytest.mark.parametrize("tag", ["CA", "CB", "CE", "CD"])
def test_answer_when_a_part_of_the_proof_is_missing_then_unknown(tag: str) -> None:
    register = Register()

    register.answer(answer_to(register.request(), AE="10", **{tag: ""}))

    ended = register.result()
    assert isinstance(ended, Unknown)
    assert ended.code == "incomplete_answer"


@pytest.mark.parametrize(
    ("told", "kind", "code", "reason"),
    [
        ({"AE": "01", "AF": "04"}, Declined, "04", "refused"),
        ({"AE": "01"}, Declined, "01", "not done, no reason given"),
        ({"AE": "01", "AF": "77"}, Declined, "77", "unknown reason '77'"),
        ({"AE": "01", "AF": "06"}, Aborted, "06", "abandoned"),
        ({"AE": "01", "AF": "08"}, Aborted, "08", "time for entry over"),
        ({"AE": "01", "AF": "11"}, Aborted, "11", "abandoned by the operator"),
    ],
)
def test_answer_when_not_done_then_the_reason_in_words(
    told: dict[str, str], kind: type[Declined | Aborted], code: str, reason: str
) -> None:
    register = Register()

    register.answer(answer_to(register.request(), **told))

    ended = register.result()
    assert isinstance(ended, kind)
    assert (ended.code, ended.reason) == (code, reason)


def test_reason_when_german_is_wanted_then_german() -> None:
    register = Register(config=CaisseApConfig(language=Language.GERMAN))

    register.answer(answer_to(register.request(), AE="01", AF="04"))

    ended = register.result()
    assert isinstance(ended, Declined)
    assert ended.reason == "abgelehnt"


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"AE": "11"}, "taken_into_account"),
        ({"AE": "12"}, "unknown_result"),
        ({"AE": "01", "AF": "01"}, "contradictory_answer"),
        ({"AE": "01", "AF": "03"}, "contradictory_answer"),
        ({"AE": "10", "AF": "04"}, "contradictory_answer"),
        ({"AE": "10", "CB": "12x"}, "bad_amount"),
    ],
)
def test_answer_when_it_settles_nothing_then_unknown_and_a_fresh_connection(told: dict[str, str], code: str) -> None:
    register = Register()

    register.answer(answer_to(register.request(), **told))

    _, end, notice = register.events()
    assert isinstance(end.result, Unknown)  # type: ignore[union-attr]  # the one with a result
    assert end.result.code == code  # type: ignore[union-attr]
    assert isinstance(notice, Notice)
    assert notice.code == "line_error"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda data: data + b"AE00201", "repeated_tag"),
        (lambda data: data[9:], "version_missing"),
        (lambda data: data + b"AA016*****", "answer_cut_off"),
        (lambda data: data + b"??", "bad_tag"),
        (lambda data: data + b"AAxyz", "bad_length"),
        (lambda data: b"HTTP/1.1 400 Bad Request\r\n\r\n" + data, "bad_length"),
    ],
)
def test_answer_when_spoilt_then_unknown_though_it_says_done(change: object, code: str) -> None:
    assert callable(change)
    register = Register()
    register.hear(change(answer_to(register.request(), AE="10")))
    if register.engine.busy:
        register.wait()

    ended = register.result()
    assert isinstance(ended, Unknown)
    assert ended.code == code
    assert register.asked == []


def test_answer_when_in_pieces_with_gaps_then_waited_for() -> None:
    register = Register()
    ticket = encode_ticket(TicketsWanted.CUSTOMER, "MERCI")
    data = answer_to(register.request(), AE="10") + encode([ticket])

    for place in range(len(data)):
        register.hear(data[place : place + 1])
        assert register.engine.busy
        register.now += 0.2
    register.wait()

    ended = register.result()
    assert isinstance(ended, Approved)
    assert [receipt.lines[0].text for receipt in ended.receipts] == ["MERCI"]


def test_answer_when_the_terminal_hangs_up_after_it_then_taken_at_once() -> None:
    register = Register()
    register.hear(answer_to(register.request(), AE="10"))

    register.engine.line_lost(register.now)

    assert isinstance(register.result(), Approved)


@pytest.mark.parametrize("sent", ["", "CZ0040300", "CZ0040300CA002", "all but one"])
def test_line_when_lost_before_the_answer_is_whole_then_unknown(sent: str) -> None:
    register = Register()
    answer = answer_to(register.request(), AE="10")
    register.hear(answer[:-1] if sent == "all but one" else sent.encode())

    register.engine.line_lost(register.now)

    assert isinstance(register.result(), Unknown)


def test_answer_when_none_comes_then_unknown_after_the_time_of_a_payment() -> None:
    register = Register()
    register.request()

    register.wait()

    ended = register.result()
    assert isinstance(ended, Unknown)
    assert ended.code == "no_completion"
    assert register.now == 280.0


def test_approval_when_the_caller_cannot_keep_it_then_unknown_since_the_money_has_moved() -> None:
    register = Register(accept=False)

    register.answer(answer_to(register.request(), AE="10"))

    ended = register.result()
    assert isinstance(ended, Unknown)
    assert ended.code == "not_taken_back"


def test_answer_when_no_call_runs_then_an_orphan() -> None:
    register = Register()
    request = register.request()
    register.wait()
    register.events()

    register.answer(answer_to(request, AE="10"))

    [orphan] = register.events()
    assert isinstance(orphan, OrphanResult)
    assert (orphan.data.amount_minor, orphan.data.reference) == (1250, "attempt-1")


def test_nonsense_when_no_call_runs_then_a_fresh_connection() -> None:
    register = Register()

    register.hear(b"\x00\x01\x02")

    assert [event.code for event in register.events() if isinstance(event, Notice)] == ["bad_tag", "line_error"]


def test_remains_of_an_answer_when_a_sale_begins_then_they_are_no_part_of_its_answer() -> None:
    register = Register()
    register.hear(b"CZ0040300CA00201CE003978")

    register.answer(answer_to(register.request(), AE="10"))

    assert isinstance(register.result(), Approved)


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        (Refund(5, "978", Baseline()), "1"),
        (Reversal(TransactionReference(), 5, "978", Baseline()), "2"),
    ],
)
def test_operation_when_started_then_its_action_is_sent(operation: Operation, action: str) -> None:
    register = Register()

    request = register.request(operation)

    assert (request["CD"], request["CB"]) == (action, "05")
    register.answer(answer_to(request, AE="10"))
    assert isinstance(register.result(), Approved)


def test_tickets_when_wanted_then_asked_for() -> None:
    config = CaisseApConfig(tickets=TicketsWanted.BOTH, application="00C", send_reference=False)

    request = Register(config=config).request()

    assert (request["CK"], request["CC"], "CF" in request) == ("120", "00C", False)


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        (SaleRequest(0, "978", Baseline()), "bad_amount"),
        (SaleRequest(10**12, "978", Baseline()), "bad_amount"),
        (SaleRequest(5, "EUR", Baseline()), "bad_currency"),
        (EndOfDay(), "not_supported"),
        (PreAuthorisation(5, "978", Baseline()), "not_supported"),
    ],
)
def test_operation_when_it_cannot_be_carried_then_refused_and_nothing_changes(operation: Operation, code: str) -> None:
    register = Register()

    with pytest.raises(LocalProtocolError) as refusal:
        register.engine.start_operation(operation, register.now)

    assert refusal.value.code == code
    assert not register.engine.busy
    assert register.events() == []


def test_stop_when_a_sale_runs_then_only_a_notice_and_the_answer_still_counts() -> None:
    register = Register()
    request = register.request()

    assert register.engine.request_abort(register.now) == b""
    register.answer(answer_to(request, AE="10"))

    _, notice, _ = register.events()
    assert isinstance(notice, Notice)
    assert notice.code == "abort_not_supported"
    with pytest.raises(LocalProtocolError):
        register.engine.request_abort(register.now)


@pytest.mark.parametrize(
    "setting",
    [{"register_no": "1"}, {"version": "3"}, {"protocol_id": "1"}, {"application": "1"}],
)
def test_settings_when_they_do_not_fit_then_refused(setting: dict[str, str]) -> None:
    with pytest.raises(LocalProtocolError):
        CaisseApConfig(**setting)  # type: ignore[arg-type]  # only texts are given


def test_element_of_a_container_when_twice_then_both_are_tickets() -> None:
    register = Register()
    tickets = [encode_ticket(kind, kind.name) for kind in (TicketsWanted.CUSTOMER, TicketsWanted.MERCHANT)]

    register.answer(answer_to(register.request(), AE="10") + encode([*tickets, Element("CG", "1")]))

    ended = register.result()
    assert isinstance(ended, Approved)
    assert [receipt.lines[0].text for receipt in ended.receipts] == ["CUSTOMER", "MERCHANT"]
