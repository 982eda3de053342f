"""A card sale through the whole gateway in every protocol: paid, declined, and the line lost after the booking."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.domain.cards.payment import AttemptState, Evidence
from terminal_driver.protocols import PROTOCOLS, ProtocolName
from tests.support.running_node import MANAGER, TERMINAL, RunningNode, running_node

OTHERS = tuple(name for name in ProtocolName if name is not ProtocolName.ZVT)


@contextmanager
def _shop(folder: Path, protocol: ProtocolName, **more: object) -> Iterator[RunningNode]:
    options = {"terminals.terminal-1.transport": f"virtual:memory?protocol={protocol}", **more}
    with running_node(folder, f"sqlite:///{folder / 'shop.sqlite3'}", None, **options) as shop:
        yield shop


def _pay(shop: RunningNode, scenario: str, amount: str = "12.34") -> tuple[AttemptState, str | None]:
    shop.shop.choose_scenario(TERMINAL, scenario)
    payment_id = shop.begin(amount)
    shop.pay_at_terminal()
    ended = (AttemptState.APPROVED, AttemptState.DECLINED, AttemptState.UNKNOWN)
    shop.until(lambda: shop.state(payment_id) in ended, "an outcome")
    attempt = shop.load(payment_id).attempts[0]
    return attempt.state, attempt.reason_code


@pytest.mark.parametrize("protocol", OTHERS)
def test_sale_when_paid_or_declined_then_so_in_the_books(tmp_path: Path, protocol: ProtocolName) -> None:
    with _shop(tmp_path, protocol) as shop:
        assert _pay(shop, "approve") == (AttemptState.APPROVED, "approved")
        state, code = _pay(shop, "decline", "7.00")

        assert state is AttemptState.DECLINED
        assert (code or "").startswith(f"declined_{protocol.replace('-', '_')}_")


def test_sale_in_xml_when_paid_then_so_in_the_books(tmp_path: Path) -> None:
    with _shop(tmp_path, ProtocolName.NEXO, **{"terminals.terminal-1.message_format": "xml"}) as shop:
        assert _pay(shop, "approve") == (AttemptState.APPROVED, "approved")


@pytest.mark.parametrize("protocol", OTHERS)
def test_line_lost_after_the_booking_then_recovered_or_left_for_a_person(
    tmp_path: Path, protocol: ProtocolName
) -> None:
    """Where the terminal can be asked it settles the payment; where not, a manager does, and the till can go on."""
    with _shop(tmp_path, protocol) as shop:
        shop.shop.choose_scenario(TERMINAL, "line_lost_before_status")
        payment_id = shop.begin("12.34")
        shop.pay_at_terminal()
        shop.until_state(payment_id, AttemptState.UNKNOWN)

        shop.shop.press(TERMINAL, "restore_line")

        if PROTOCOLS[protocol].tells_last_result:
            record = shop.until_state(payment_id, AttemptState.APPROVED)
            assert record.attempts[0].evidence is Evidence.LAST_RESULT
        else:
            shop.until(lambda: not shop.load(payment_id).attempts[0].blocks_terminal, "the terminal to be heard")
            assert shop.state(payment_id) is AttemptState.UNKNOWN
            assert _pay(shop, "approve", "1.00") == (AttemptState.APPROVED, "approved")
            reason = "The receipt of the terminal shows it."
            shop.services.resolve_payment.decide(MANAGER, payment_id, paid=True, reason=reason)
            assert shop.state(payment_id) is AttemptState.APPROVED
