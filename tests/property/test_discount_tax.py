"""The input tax in cash discounts: whatever the rates and codes, every cent is in one place and no tax is invented."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as some

from gateway.domain.ledger import balances, imbalance
from gateway.domain.money import Money
from gateway.domain.payables.discount import percent_of
from gateway.domain.payables.discount_tax import tax_shares
from gateway.domain.payables.payable import Payable, PayableLine, PayableTax
from gateway.domain.payables.payable_ledger import (
    discount_lost,
    discount_taken,
    input_tax,
    invoice_recognised,
    order_released,
    order_returned,
    order_settled,
    payable_account,
)
from tests.support.run_rows import AT, EUR, HERE, order, payable, run, supplier

RATES = (Decimal(0), Decimal(7), Decimal(19), Decimal("20.5"))


def _euro(minor: int) -> Money:
    return Money(minor, EUR)


def _invoice(lines: list[tuple[Decimal, int, str]]) -> Payable:
    nets: dict[Decimal, int] = {}
    for percent, amount, _ in lines:
        nets[percent] = nets.get(percent, 0) + amount
    taxes = tuple(PayableTax(rate, _euro(net), percent_of(_euro(net), rate)) for rate, net in nets.items())
    net, tax = sum(nets.values()), sum(one.tax.minor for one in taxes)
    made = tuple(
        PayableLine(place, "x", Decimal(1), Decimal(1), _euro(amount), tax_percent=percent, tax_code=code)
        for place, (percent, amount, code) in enumerate(lines, 1)
    )
    one = payable("R-1", gross=net + tax)
    return replace(one, net=_euro(net), tax=_euro(tax), lines=made, taxes=taxes)


LINES = some.lists(
    some.tuples(some.sampled_from(RATES), some.integers(1, 90_000), some.sampled_from(["", "V", "K"])),
    min_size=1,
    max_size=6,
)


@given(LINES, some.integers(0, 100))
def test_shares_then_they_add_up_to_the_discount_and_never_hold_more_tax_than_the_invoice(
    lines: list[tuple[Decimal, int, str]], percent: int
) -> None:
    one = _invoice(lines)
    discount = percent_of(one.gross, Decimal(percent))

    shares = tax_shares(one, discount, {"K"})

    taxes = {tax.percent: tax.tax.minor for tax in one.taxes}
    assert sum(share.discount.minor for share in shares) == discount.minor
    assert all(0 <= share.tax.minor <= min(share.discount.minor, taxes[share.percent] + 1) for share in shares)
    assert not any(share.tax.minor for share in tax_shares(one, discount, {"", "V", "K"}))
    if percent == 100:
        assert {share.percent: share.tax.minor for share in tax_shares(one, discount) if share.tax.minor} == {
            rate: tax for rate, tax in taxes.items() if tax
        }


@given(LINES, some.integers(1, 60), some.sampled_from(["settled", "returned"]))
def test_books_when_a_discount_is_taken_and_lost_then_every_account_is_as_if_it_never_was(
    lines: list[tuple[Decimal, int, str]], percent: int, fate: str
) -> None:
    one, back = _invoice(lines), fate == "returned"
    discount = percent_of(one.gross, Decimal(percent))
    if discount.minor >= one.gross.minor:
        return
    paid = order(run(), 1, one, discount=discount.minor)
    shares = tax_shares(one, discount, {"K"})
    taken = discount_taken(*HERE, paid, AT, shares)

    entries = [*invoice_recognised(one, AT), order_released(*HERE, paid, AT), *order_settled(*HERE, paid, AT), *taken]
    if back:
        entries += [*order_returned(*HERE, paid, AT), *discount_lost(*HERE, paid, AT, taken)]

    found = balances(entries)
    assert len({entry.id for entry in entries}) == len(entries)
    assert imbalance(found.values()) == {"EUR": 0}
    debt = found[payable_account(supplier().id), "EUR"]
    assert debt.credits_posted - debt.debits_posted == (one.gross.minor if back else 0)
    tax = found.get((input_tax(), "EUR"))
    left = one.tax.minor if back else one.tax.minor - sum(share.tax.minor for share in shares)
    assert (0 if tax is None else tax.debits_posted - tax.credits_posted) == left


def test_shares_when_the_figures_are_known_then_to_the_cent() -> None:
    one = _invoice([(Decimal(19), 10_000, "V19"), (Decimal(7), 5_000, "V7")])

    shares = tax_shares(one, _euro(345))
    kept = tax_shares(one, _euro(345), {"V7"})

    # 119.00 and 53.50 of 172.50 with tax: 2.38 and 1.07, in which 0.38 and 0.07 are tax.
    assert [(int(share.percent), share.discount.minor, share.tax.minor) for share in shares] == [
        (19, 238, 38),
        (7, 107, 7),
    ]
    assert [share.tax.minor for share in kept] == [38, 0]
