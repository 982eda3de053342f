"""What may be offered while a terminal's host is away."""

from __future__ import annotations

import pytest

from gateway.domain.money import Currency, Money
from gateway.services.payments.offline_rule import OfflineRule, OfflineVerdict, host_is_away

EUR, CHF = Currency.of("EUR"), Currency.of("CHF")
RULE = OfflineRule(limits=(Money(2500, EUR),), number=3, chip_only=True)


@pytest.mark.parametrize(
    ("amount", "taken", "commands", "verdict"),
    [
        (Money(2500, EUR), 2, True, OfflineVerdict.OFFER),
        (Money(2500, EUR), 2, False, OfflineVerdict.NOT_COMMANDED),
        (Money(2501, EUR), 0, True, OfflineVerdict.OVER_LIMIT),
        (Money(100, EUR), 3, True, OfflineVerdict.TOO_MANY),
        (Money(100, CHF), 0, True, OfflineVerdict.NOT_ALLOWED),
    ],
)
def test_offer_when_asked_then_the_first_reason_counts(
    amount: Money, taken: int, *, commands: bool, verdict: OfflineVerdict
) -> None:
    offer = RULE.offer(amount, taken_in_a_row=taken, protocol_commands=commands)

    assert (offer.verdict, offer.chip_only) == (verdict, True)


def test_offer_when_the_shop_has_no_rule_then_nothing() -> None:
    rule = OfflineRule(limits=(), number=3, chip_only=True)

    assert not rule.allows_any
    assert rule.offer(Money(1, EUR), taken_in_a_row=0, protocol_commands=True).verdict is OfflineVerdict.NOT_ALLOWED


def test_code_when_the_host_was_not_reached_then_known() -> None:
    away = ("declined_9b", "cancelled_a3", "declined_a1", "cancelled_7d")
    not_away = ("declined_00", "cancelled_6c", "declined_nexo_9b", "9b", None)

    assert [host_is_away(one) for one in (*away, *not_away)] == [True] * 4 + [False] * 5
