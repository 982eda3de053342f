"""The edges of the message model: what is refused with its path, what is passed over, what is only cut."""

from dataclasses import replace
from decimal import Decimal

import pytest

from terminal_driver.engine import OrphanResult
from terminal_driver.errors import RemoteProtocolError
from terminal_driver.nexo.binding import BINDINGS, MessageFormat, UnreadableBody
from terminal_driver.nexo.calls import (
    RECEIPTS_MAX,
    Call,
    DisplayCall,
    HostCall,
    LoginCall,
    LogoutCall,
    MoneyCall,
    StatusCall,
    TotalsCall,
)
from terminal_driver.nexo.judgement import Expected, transaction_of
from terminal_driver.nexo.messages import (
    DiagnosisResponse,
    DisplayOutput,
    MessageHeader,
    OutputContent,
    OutputText,
    PaymentTotals,
    PoiStatus,
    Response,
    TransactionTotals,
)
from terminal_driver.nexo.payment_messages import AmountsResp, CardData, PaymentReceipt, PaymentRequest, PoiData
from terminal_driver.nexo.receipts import lines_of, receipts_of
from terminal_driver.nexo.requests import money_request
from terminal_driver.nexo.shape import ITEMS_MAX, WORDS_MAX, from_tree, to_tree
from terminal_driver.nexo.status_call import Parties, TransactionStatusCall
from terminal_driver.nexo.tree import Tree, Value
from terminal_driver.outcome import NoAnswer, ReceiptKind, TransactionData, Unknown
from terminal_driver.zvt.status_codes import Language
from tests.support.nexo_register import SALE, Register, approved

EN = Language.ENGLISH
HEADER: Tree = {"MessageClass": "Service", "MessageCategory": "Login", "MessageType": "Response"}
HEADER |= {"SaleID": "S", "POIID": "P", "ServiceID": "1"}


@pytest.mark.parametrize(
    ("kind", "tree", "code"),
    [
        (MessageHeader, "text", "wrong_kind"),
        (MessageHeader, {}, "missing_field"),
        (MessageHeader, {**HEADER, "ServiceID": ["1"]}, "wrong_kind"),
        (MessageHeader, {**HEADER, "ServiceID": True}, "wrong_kind"),
        (MessageHeader, {**HEADER, "ServiceID": Decimal("1.5")}, "wrong_kind"),
        (MessageHeader, {**HEADER, "ServiceID": "x" * 129}, "value_too_long"),
        (AmountsResp, {"AuthorizedAmount": True}, "wrong_kind"),
        (AmountsResp, {"AuthorizedAmount": "12,30"}, "wrong_kind"),
        (AmountsResp, {"AuthorizedAmount": "1e3"}, "wrong_kind"),
        (AmountsResp, {"AuthorizedAmount": "NaN"}, "wrong_kind"),
        (AmountsResp, {"AuthorizedAmount": 10**30}, "huge_number"),
        (PoiStatus, {"GlobalStatus": "OK", "PEDOKFlag": "yes"}, "wrong_kind"),
        (PoiStatus, {"GlobalStatus": "OK", "PEDOKFlag": 1}, "wrong_kind"),
        (PaymentTotals, {"TransactionType": "Debit", "TransactionCount": "1.5", "TransactionAmount": 1}, "wrong_kind"),
        (PaymentTotals, {"TransactionType": "Debit", "TransactionCount": True, "TransactionAmount": 1}, "wrong_kind"),
        (OutputContent, {"OutputFormat": "Text", "OutputText": [{}] * (ITEMS_MAX + 1)}, "too_many_items"),
        (TransactionTotals, {"PaymentTotals": "text"}, "wrong_kind"),
    ],
)
def test_structure_when_it_is_wrong_then_refused_by_name(kind: type, tree: Value, code: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        from_tree(kind, tree, "Here")

    assert caught.value.code == code
    assert "Here" in str(caught.value)


def test_structure_when_it_has_more_than_we_know_then_passed_over() -> None:
    assert from_tree(AmountsResp, {"Rebates": {"a": 1}, "AuthorizedAmount": 1}, "Here").authorized_amount == 1


def test_values_when_written_as_text_or_number_then_read_alike() -> None:
    tree: Tree = {"TransactionType": "Debit", "TransactionCount": " 3 ", "TransactionAmount": " 1.50 "}

    assert from_tree(PaymentTotals, tree, "Here") == PaymentTotals("Debit", 3, Decimal("1.50"))
    assert from_tree(MessageHeader, {**HEADER, "ServiceID": 7}, "Here").service_id == "7"
    assert from_tree(PoiStatus, {"GlobalStatus": "OK", "PEDOKFlag": "1"}, "Here").ped_ok_flag is True
    assert from_tree(CardData, {"MaskedPan": "1"}, "Here") == from_tree(CardData, {"MaskedPAN": "1"}, "Here")


def test_texts_when_hostile_then_cut_and_without_control_signs() -> None:
    words = from_tree(Response, {"Result": "Failure", "AdditionalResponse": "a" * 100_000}, "Here").additional_response
    looks = from_tree(Response, {"Result": "Fai\x1blure\n", "AdditionalResponse": "a\r\nb\x07\ud800"}, "Here")

    assert words is not None
    assert len(words) == WORDS_MAX
    assert looks == Response("Fai\ufffdlure", None, "a\nb\ufffd\ufffd")


def test_name_when_it_holds_a_line_end_then_it_matches_nothing() -> None:
    assert from_tree(MessageHeader, {**HEADER, "ServiceID": "1\n2"}, "Here").service_id == "1\ufffd2"


def test_list_when_it_has_one_item_then_a_list_all_the_same() -> None:
    tree: Tree = {"OutputFormat": "Text", "OutputText": {"Text": "a"}}

    assert from_tree(OutputContent, tree, "Here").output_text == (OutputText("a"),)
    assert to_tree(OutputContent("Text")) == {"OutputFormat": "Text"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b'{"Other":{}}', "no_envelope"),
        (b'{"SaleToPOIRequest":{},"SaleToPOIResponse":{}}', "no_envelope"),
        (b'{"SaleToPOIResponse":1}', "no_envelope"),
        (b'{"SaleToPOIResponse":{}}', "missing_field"),
        (b'{"SaleToPOIRequest":{"MessageHeader":%s}}', "no_envelope"),
        (b'{"SaleToPOIResponse":{"MessageHeader":%s,"NexoBlob":"AAAA"}}', "encrypted"),
        (b'{"SaleToPOIResponse":{"MessageHeader":%s}}', "missing_field"),
    ],
)
def test_envelope_when_it_is_wrong_then_refused_by_name(text: bytes, code: str) -> None:
    header = BINDINGS[MessageFormat.JSON].write(HEADER)

    with pytest.raises(RemoteProtocolError) as caught:
        BINDINGS[MessageFormat.JSON].decode(text.replace(b"%s", header))

    assert caught.value.code == code
    assert isinstance(caught.value, UnreadableBody) == (b"%s" in text and code != "no_envelope")


@pytest.mark.parametrize(
    "call",
    [
        LoginCall("P", EN),
        StatusCall(EN),
        HostCall(EN),
        TotalsCall("978", EN),
        LogoutCall(EN),
        DisplayCall(EN),
        TransactionStatusCall(None, Parties("S", "P"), "978", EN),
        MoneyCall(Expected("r", 1, "978", "Normal"), lambda _data: True, "P", EN),
    ],
)
def test_call_when_answered_with_nothing_it_knows_then_nothing_is_proved(call: Call) -> None:
    end = call.answered(None)

    assert isinstance(end, NoAnswer | Unknown)
    assert end.code == "wrong_answer"


@pytest.mark.parametrize("call", [StatusCall(EN), HostCall(EN)])
def test_diagnosis_when_refused_then_no_answer(call: Call) -> None:
    assert isinstance(call.answered(DiagnosisResponse(Response("Failure", "NotAllowed"))), NoAnswer)


def test_receipts_when_a_terminal_prints_for_ever_then_no_more_are_taken() -> None:
    call = MoneyCall(Expected("r", 1, "978", "Normal"), lambda _data: True, "P", EN)
    [receipt] = receipts_of(approved().payment_receipt[:1], approved=True)

    taken = [call.printed(receipt) for _ in range(RECEIPTS_MAX + 1)]

    assert taken == [True] * RECEIPTS_MAX + [False]


def test_receipt_when_printed_there_or_of_another_form_then_left_out() -> None:
    text = OutputContent("Text", (OutputText("a"),))
    printed = (
        PaymentReceipt("CustomerReceipt", text, integrated_print_flag=True),
        PaymentReceipt("CustomerReceipt", OutputContent("XHTML")),
        PaymentReceipt("CustomerReceipt", OutputContent("Text", (OutputText(" "),))),
        PaymentReceipt("Journal", text),
    )

    [receipt] = receipts_of(printed, approved=False)

    assert (receipt.kind, receipt.approved) == (ReceiptKind.ADMINISTRATION, False)


def test_lines_when_pieces_end_no_line_then_glued_and_looks_kept() -> None:
    content = OutputContent(
        "Text",
        (
            OutputText("a", alignment="Centred", character_height="DoubleHeight", end_of_line_flag=False),
            OutputText("b"),
            OutputText("c\nd", character_width="DoubleWidth"),
            OutputText("e", end_of_line_flag=False),
        ),
    )

    lines = lines_of(content)

    assert [line.text for line in lines] == ["ab", "c", "d", "e"]
    assert (lines[0].centred, lines[0].double_height, lines[2].double_width) == (True, True, True)


@pytest.mark.parametrize(
    ("stamp", "day", "clock"),
    [
        ("2026-03-02T14:05:06.789+01:00", "0302", "140506"),
        ("2026-03-02", None, None),
        ("2026-03-02T1:2:3", None, None),
        ("2026-03-0xT14:05:06", None, None),
        ("٢٠٢٦-٠٣-٠٢T١٤:٠٥:٠٦", None, None),
    ],
)
def test_time_stamp_when_it_is_none_then_kept_but_not_read(stamp: str, day: str | None, clock: str | None) -> None:
    answer = approved()
    assert answer.poi_data is not None
    assert answer.poi_data.poi_transaction_id is not None
    answer = replace(answer, poi_data=PoiData(replace(answer.poi_data.poi_transaction_id, time_stamp=stamp)))

    data = transaction_of(answer, name="r", currency_numeric="978", terminal_id="P")

    assert (data.date_mmdd, data.time_hhmmss, data.made_at) == (day, clock, stamp)


def test_amount_when_no_currency_is_known_then_refused() -> None:
    with pytest.raises(RemoteProtocolError):
        transaction_of(approved(currency=None), name="r", currency_numeric=None, terminal_id="P")


def test_orphan_when_its_amount_is_unreadable_then_told_without_it() -> None:
    register = Register()
    request = register.note(register.engine.start_operation(SALE, 0.0))
    register.engine.line_lost(1.0)
    register.events()

    register.answer(approved(amount="1.001"), to=request)

    assert [event for event in register.events() if isinstance(event, OrphanResult)] == [
        OrphanResult(TransactionData())
    ]


def test_tip_when_contained_in_a_sale_then_named_beside_the_whole() -> None:
    body = money_request(replace(SALE, tip_minor=100), "r", "2026").body

    assert isinstance(body, PaymentRequest)
    amounts = body.payment_transaction.amounts_req
    assert (amounts.requested_amount, amounts.tip_amount) == (Decimal("12.34"), Decimal("1.00"))


def test_display_when_it_holds_no_text_then_nothing_to_say() -> None:
    output = DisplayOutput("CashierDisplay", "Status", OutputContent("MessageRef"))

    assert lines_of(output.output_content) == ()
