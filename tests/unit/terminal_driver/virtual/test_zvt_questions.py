"""What the virtual terminal asks its register, and what it does with the answers: signature, delivery, receipts."""

from dataclasses import dataclass, field, replace

import pytest

from terminal_driver.engine import Progress
from terminal_driver.operations import DisplayText, SaleRequest
from terminal_driver.outcome import Aborted, Approved, Baseline, Declined, Outcome, TransactionData, Unknown
from terminal_driver.virtual.panel import Awaiting, Key, KeyPress
from terminal_driver.virtual.sale_run import ASK_AGAIN_S, ASKED_AGAIN_MAX
from terminal_driver.virtual.scenarios import SCENARIOS
from terminal_driver.zvt.register_config import ZvtConfig
from terminal_driver.zvt.requests import InputRequest, Menu, SignatureCheck
from terminal_driver.zvt.rules import (
    CardAnswer,
    CashierRules,
    CautiousRules,
    DeliveryAnswer,
    PartlyDelivered,
)
from tests.support.zvt_pair import ZvtPair


@dataclass
class Cashier:
    """Answers the questions of a terminal and remembers them."""

    signature: int | None = 0
    asked: list[object] = field(default_factory=list)

    def check(self, check: SignatureCheck) -> int | None:
        self.asked.append(check.lines)
        return self.signature

    def choose(self, menu: Menu) -> int | None:
        self.asked.append(tuple(entry.text for entry in menu.entries))
        return 0

    def enter(self, request: InputRequest) -> str | None:
        self.asked.append(request.lines)
        return "4711"

    def rules(self) -> CashierRules:
        return CashierRules(self.check, self.choose, self.enter)


def _standing(pair: ZvtPair) -> list[int]:
    return [entry.amount_minor for entry in pair.journal.entries if not entry.reversed]


def _outcome(pair: ZvtPair) -> Outcome:
    outcome = pair.result()
    assert isinstance(outcome, Outcome)
    return outcome


def test_signature_when_right_then_the_sale_stands_and_its_receipt_has_room_for_it() -> None:
    cashier = Cashier()
    pair = ZvtPair("signature", rules=cashier.rules())
    pair.register_now()

    pair.pay()

    outcome = _outcome(pair)
    assert isinstance(outcome, Approved)
    assert cashier.asked == [("Signature correct?",)]
    assert [receipt.signature_field for receipt in outcome.receipts] == [True, False]
    assert _standing(pair) == [1234]


def test_signature_when_wrong_then_the_sale_is_taken_back_and_never_reported_as_paid() -> None:
    cashier = Cashier(signature=None)
    pair = ZvtPair("signature", rules=cashier.rules())
    pair.register_now()

    pair.pay()

    assert not isinstance(_outcome(pair), Approved)
    assert _standing(pair) == []
    assert pair.terminal.last_words


def test_signature_when_the_register_cannot_check_then_not_asked() -> None:
    pair = ZvtPair("signature")
    pair.register_now()

    pair.pay()

    assert isinstance(_outcome(pair), Approved)


def test_questions_in_a_sale_when_answered_then_it_goes_on() -> None:
    cashier = Cashier()
    pair = ZvtPair("asks_the_cashier", rules=cashier.rules())
    pair.register_now()

    pair.pay()

    assert isinstance(_outcome(pair), Approved)
    assert cashier.asked == [("Customer number",), ("Yes", "No")]


@pytest.mark.parametrize(
    ("answer", "kind", "booked"), [(CardAnswer.FREE, Approved, [1234]), (CardAnswer.BLOCKED, Declined, [])]
)
def test_card_when_the_register_knows_it_as_blocked_then_refused(
    answer: CardAnswer, kind: type[Outcome], booked: list[int]
) -> None:
    seen: list[TransactionData] = []

    def blocked(card: TransactionData) -> CardAnswer:
        seen.append(card)
        return answer

    pair = ZvtPair("blocked_card_asked", rules=CautiousRules(blocked_cards=blocked))
    pair.register_now()

    pair.pay()

    assert isinstance(_outcome(pair), kind)
    assert [card.card_number_masked for card in seen] == ["672590*********0001"]
    assert _standing(pair) == booked


def test_delivery_when_not_done_yet_then_asked_again_until_it_is() -> None:
    answers: list[bool | DeliveryAnswer] = [DeliveryAnswer.ASK_AGAIN, DeliveryAnswer.ASK_AGAIN, True]
    pair = ZvtPair("approve", accept=lambda _: answers.pop(0))

    pair.pay()
    waited = []
    while answers:
        before = pair.now_s
        pair.expire_terminal()
        waited.append(pair.now_s - before)

    assert isinstance(_outcome(pair), Approved)
    assert waited == [ASK_AGAIN_S, ASK_AGAIN_S]
    assert _standing(pair) == [1234]


def test_delivery_when_it_never_comes_then_the_sale_is_taken_back() -> None:
    pair = ZvtPair("approve", accept=lambda _: DeliveryAnswer.ASK_AGAIN)

    pair.pay()
    for _ in range(ASKED_AGAIN_MAX):
        pair.expire_terminal()

    assert not isinstance(_outcome(pair), Approved)
    assert _standing(pair) == []


def test_delivery_when_partly_done_then_only_that_is_taken() -> None:
    pair = ZvtPair("approve", accept=lambda _: PartlyDelivered(500))

    pair.pay()

    outcome = _outcome(pair)
    assert isinstance(outcome, Approved)
    assert outcome.data.amount_minor == 500
    assert _standing(pair) == [500]


def test_receipt_when_it_cannot_be_printed_then_the_scenario_decides_what_becomes_of_the_sale() -> None:
    lenient = ZvtPair("approve", rules=CautiousRules(prints=False))
    strict = ZvtPair("unprinted_reversed", rules=CautiousRules(prints=False))

    for pair in (lenient, strict):
        pair.pay()

    assert isinstance(_outcome(lenient), Approved)
    assert _standing(lenient) == [1234]
    assert not isinstance(_outcome(strict), Approved)
    assert _standing(strict) == []


def test_line_when_lost_while_printing_then_the_scenario_decides_what_becomes_of_the_sale() -> None:
    for scenario, booked in (("unprinted_reversed", []), ("approve", [1234])):
        pair = ZvtPair(scenario)
        pair.register.start_operation(SaleRequest(1234, "978", Baseline()), pair.now_s)
        out = pair.terminal.receive(bytes.fromhex("06010a04000000001234490978"), pair.now_s)
        while b"\x06\xd1" not in out and b"\x06\xd3" not in out:
            out = pair.terminal.receive(b"\x80\x00\x00", pair.now_s) or _next_key(pair)
        pair.terminal.broken(pair.now_s)

        assert _standing(pair) == booked


def _next_key(pair: ZvtPair) -> bytes:
    key = Key.CARD if pair.terminal.awaiting is Awaiting.CARD else Key.PIN
    return pair.terminal.press(KeyPress(key, "visa"), pair.now_s)


def test_tip_at_the_terminal_when_the_amount_grows_then_the_register_refuses_it() -> None:
    """The register asked for an amount and knows nothing of a tip: only what it asked for is a success."""
    pair = ZvtPair("tip")
    pair.register_now()

    pair.pay()

    assert not isinstance(_outcome(pair), Approved)
    assert [(entry.amount_minor, entry.tip_minor) for entry in pair.journal.entries] == [(1334, 100)]
    assert _standing(pair) == []


def test_tip_within_the_amount_when_sold_then_it_is_in_the_journal() -> None:
    pair = ZvtPair("approve")
    pair.register_now()

    pair.pay(SaleRequest(1234, "978", Baseline(), tip_minor=200))

    outcome = _outcome(pair)
    assert isinstance(outcome, Approved)
    assert outcome.data.tip_minor == 200
    assert pair.journal.entries[0].tip_minor == 200


@pytest.mark.parametrize(("config_byte", "progress", "receipts"), [(0x8E, True, 2), (0x86, False, 2), (0x08, True, 0)])
def test_register_when_it_wants_no_progress_or_prints_not_then_none_comes(
    config_byte: int, receipts: int, *, progress: bool
) -> None:
    pair = ZvtPair("approve", config=ZvtConfig(config_byte=config_byte))
    pair.register_now()

    pair.pay()

    outcome = _outcome(pair)
    assert isinstance(outcome, Approved)
    assert any(isinstance(event, Progress) for event in pair.events) is progress
    assert len(outcome.receipts) == receipts


def test_mute_when_wished_then_the_line_is_silenced_after_the_booking() -> None:
    pair = ZvtPair("mute_after_booking")

    pair.pay()
    wish = pair.terminal.take_wish()
    pair.terminal.broken(pair.now_s)
    pair.register.line_lost(pair.now_s)
    pair.to_register(b"")

    assert wish == "mute"
    assert isinstance(_outcome(pair), Unknown)
    assert _standing(pair) == [1234]


def test_cancel_key_when_nothing_waits_then_the_coming_wait_ends() -> None:
    pair = ZvtPair(replace(SCENARIOS["approve"], name="stopped"))

    pair.to_terminal(pair.register.start_operation(SaleRequest(1234, "978", Baseline()), pair.now_s))
    pair.to_terminal(pair.register.request_abort(pair.now_s))

    assert isinstance(_outcome(pair), Aborted)


def test_display_when_a_text_is_shown_then_it_is_cut_to_two_lines() -> None:
    pair = ZvtPair("approve")

    pair.to_terminal(pair.register.start_operation(DisplayText(("", "one", "two", "three")), pair.now_s))

    assert pair.terminal.display_lines == ("one", "two three")
