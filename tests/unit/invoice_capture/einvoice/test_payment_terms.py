"""Cash discounts in the text of the payment terms."""

import pytest

from invoice_capture.einvoice.payment_terms import CashDiscount, cash_discounts, sentence_of


@pytest.mark.parametrize(
    ("terms", "found"),
    [
        ("#SKONTO#TAGE=14#PROZENT=2.25#", (CashDiscount("2.25", 14),)),
        ("#SKONTO#TAGE=14#PROZENT=2.25#BASISBETRAG=357.93#", (CashDiscount("2.25", 14),)),
        ("#skonto#tage=7#prozent=3,00#", (CashDiscount("3.00", 7),)),
        ("#SKONTO#TAGE=7#PROZENT=3#\n#SKONTO#TAGE=14#PROZENT=2#", (CashDiscount("3", 7), CashDiscount("2", 14))),
        ("#SKONTO#TAGE=7\n#PROZENT=3#", (CashDiscount("3", 7),)),
        ("#VERZUG#TAGE=30#PROZENT=9.00#", ()),
        ("#SKONTO#TAGE=0,5#PROZENT=3#", ()),
        ("#SKONTO#TAGE=99999#PROZENT=3#", ()),
        ("#SKONTO#TAGE=7#", ()),
        ("30 Tage netto", ()),
        ("", ()),
    ],
)
def test_terms_when_read_then_the_discounts_are_found(terms: str, found: tuple[CashDiscount, ...]) -> None:
    assert cash_discounts(terms) == found


def test_sentence_when_asked_then_without_the_codes_and_on_one_line() -> None:
    assert sentence_of("#SKONTO#TAGE=7#PROZENT=3#\nDanach  30 Tage\nnetto") == "Danach 30 Tage netto"
