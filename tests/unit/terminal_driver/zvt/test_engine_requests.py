"""What a terminal asks of the register: offered only what the rules can answer, never approved by default."""

import pytest

from terminal_driver.engine import Notice
from terminal_driver.outcome import Approved, TransactionData
from terminal_driver.zvt.requests import (
    BlockedCardQuestion,
    ClockMessage,
    InputRequest,
    Menu,
    MenuEntry,
    Request,
    SignatureCheck,
    encode_request,
)
from terminal_driver.zvt.rules import CardAnswer, CashierRules, CautiousRules, RegisterRules
from tests.support.zvt_register import DONE, GOOD, Register, with_length

YES_NO = (MenuEntry("Ja", b"\x01"), MenuEntry("Nein", b"\x02"))
SIGNATURE = SignatureCheck(("Unterschrift?",), YES_NO)
MENU = Menu((MenuEntry("Debit", b"\x0a"), MenuEntry("Kredit", b"\x0b")))
CARD = BlockedCardQuestion(TransactionData(card_name="girocard"))


def _ask(register: Register, request: Request) -> str:
    return register.hear(encode_request(request).encode().hex())


def _cashier(
    signature: int | None = None, menu: int | None = None, entry: str | None = None, *, prints: bool = True
) -> CashierRules:
    return CashierRules(lambda _check: signature, lambda _menu: menu, lambda _request: entry, prints)


@pytest.mark.parametrize("request_", [SIGNATURE, SignatureCheck(), MENU, InputRequest(("km",)), CARD])
def test_request_when_not_offered_then_refused_with_83(request_: Request) -> None:
    register = Register()
    register.sale()

    assert _ask(register, request_) == "848300"
    assert [event.code for event in register.events() if isinstance(event, Notice)] == ["unsupported_message"]


@pytest.mark.parametrize("control", ["06d8", "06d9", "06da", "06db", "06dd"])
def test_request_when_modem_of_the_register_is_wanted_then_refused_with_83(control: str) -> None:
    register = Register()
    register.sale()

    assert register.hear(control + "00") == "848300"


@pytest.mark.parametrize(
    ("rules", "offered"),
    [
        (None, ""),
        (CautiousRules(), ""),
        (CautiousRules(signature_entry=0), "0a0206d0"),
        (CautiousRules(blocked_cards=lambda _card: CardAnswer.FREE), "0a0206e4"),
        (_cashier(), "0a02040d0a02040e0a0206d0"),
    ],
)
def test_registration_when_rules_can_answer_then_just_that_is_offered(
    rules: RegisterRules | None, offered: str
) -> None:
    register = Register(rules=rules)

    listed = "0a0206d3" + offered
    inside = f"26{len(listed) // 2:02x}" + listed
    container = f"06{len(inside) // 2:02x}" + inside
    assert register.engine.start_registration(register.now).hex() == with_length("0600 000000 8e 0978 " + container)


@pytest.mark.parametrize(("chosen", "answer"), [(0, "8000050603190101"), (1, "8000050603190102")])
def test_signature_when_answered_then_value_of_the_entry(chosen: int, answer: str) -> None:
    for rules in (_cashier(signature=chosen), CautiousRules(signature_entry=chosen)):
        register = Register(rules=rules)
        register.sale()

        assert _ask(register, SIGNATURE) == answer


@pytest.mark.parametrize("chosen", [None, 2, -1])
def test_signature_when_not_confirmed_or_no_such_entry_then_cancelled(chosen: int | None) -> None:
    register = Register(rules=_cashier(signature=chosen))
    register.sale()

    assert _ask(register, SIGNATURE) == "846c00"
    assert _ask(register, SignatureCheck(("ok?",))) == "846c00"


def test_signature_when_terminal_knows_no_entries_then_plain_yes() -> None:
    register = Register(rules=_cashier(signature=0))
    register.sale()

    assert _ask(register, SignatureCheck(("ok?",))) == "800000"


@pytest.mark.parametrize(("chosen", "answer"), [(1, "800005060319010b"), (None, "846c00"), (2, "846c00")])
def test_menu_when_answered_then_value_of_the_entry_or_cancelled(chosen: int | None, answer: str) -> None:
    register = Register(rules=_cashier(menu=chosen))
    register.sale()

    assert _ask(register, MENU) == answer


@pytest.mark.parametrize(("typed", "answer"), [("42", "800009060732051f3a023432"), (None, "846c00")])
def test_input_when_answered_then_text_or_cancelled(typed: str | None, answer: str) -> None:
    register = Register(rules=_cashier(entry=typed))
    register.sale()

    assert _ask(register, InputRequest(("km",))) == answer


@pytest.mark.parametrize(
    ("verdict", "answer"),
    [(CardAnswer.FREE, "800000"), (CardAnswer.BLOCKED, "846e00"), (CardAnswer.ASK_AGAIN, "849c00")],
)
def test_card_when_asked_about_then_as_the_rule_says(verdict: CardAnswer, answer: str) -> None:
    asked: list[TransactionData] = []

    def rule(card: TransactionData) -> CardAnswer:
        asked.append(card)
        return verdict

    register = Register(rules=CautiousRules(blocked_cards=rule))
    register.sale()

    assert _ask(register, CARD) == answer
    assert [card.card_name for card in asked] == ["girocard"]


def test_request_when_no_command_runs_then_refused_even_if_offered() -> None:
    register = Register(rules=_cashier(signature=0))

    assert _ask(register, SIGNATURE) == "848300"


def test_request_when_answered_then_t4_begins_anew() -> None:
    register = Register(rules=_cashier(signature=0))
    register.sale()
    register.now += 100.0
    _ask(register, SIGNATURE)

    assert register.engine.deadline() == register.now + 180.0


def test_clock_when_terminal_sends_its_time_then_accepted_and_told() -> None:
    register = Register()

    assert _ask(register, ClockMessage("240513", "122900")) == "800000"
    (event,) = register.events()
    assert isinstance(event, Notice)
    assert event.code == "clock_of_terminal"
    assert "240513 122900" in event.words


def test_print_when_register_cannot_print_then_refused_and_sale_goes_on() -> None:
    register = Register(rules=CautiousRules(prints=False))
    register.sale()
    register.hear(GOOD)

    assert register.hear(with_length("06d1 00 41")) == "84cc00"
    register.hear(DONE)

    result = register.result()
    assert isinstance(result, Approved)
    assert result.receipts == ()


@pytest.mark.parametrize("control", ["06d0", "040d", "040e", "06e4"])
def test_request_when_unreadable_then_never_confirmed(control: str) -> None:
    register = Register(rules=_cashier(signature=0, menu=0, entry="1"))
    register.sale()

    assert register.hear(with_length(control + " 6c")) == "848300"


def test_rules_when_nobody_is_asked_then_cancelled_and_blocked() -> None:
    rules = CautiousRules()

    assert rules.check_signature(SIGNATURE) is None
    assert rules.choose(MENU) is None
    assert rules.enter(InputRequest()) is None
    assert rules.card_blocked(CARD) is CardAnswer.BLOCKED
    assert _cashier().card_blocked(CARD) is CardAnswer.BLOCKED
