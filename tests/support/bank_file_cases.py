"""Orders of whole bank files, one case per kind of bank: for golden files, schemas and reading back."""

from dataclasses import replace

from gateway.domain.payables.payment_order import BankAccount, Instrument, PaymentOrder
from gateway.domain.payables.supplier import PostalAddress
from tests.support.bank_orders import (
    DOLLAR_ACCOUNT,
    EURO_ACCOUNT,
    SWISS_ACCOUNT,
    SWISS_IBAN,
    ach,
    allocation,
    cross_border,
    iban_of,
    money,
    order,
    payee,
    swiss,
)

PARIS = PostalAddress("Rue de l'Été", "12 bis", "75001", "Paris", "FR")
_BELGIAN_IBAN = iban_of("BE", "539007547034")
FILE_CASES: dict[str, tuple[BankAccount, list[PaymentOrder]]] = {
    "sepa": (
        EURO_ACCOUNT,
        [
            order(1, uetr="3f2b8c1e-0000-4000-8000-000000000000", purpose="SUPP", ultimate_debtor="Filiale Süd"),
            order(2, reference="RF18539007547034"),
            order(3, payee=payee(iban=_BELGIAN_IBAN, name="Brasserie & Fils"), reference="090933755493"),
        ],
    ),
    "sepa_v03": (replace(EURO_ACCOUNT, profile="sepa_v03", bic=""), [order(1)]),
    "sepa_hybrid": (
        replace(EURO_ACCOUNT, profile="sepa_hybrid"),
        [order(1, payee=payee(address=PARIS)), order(2, instrument=Instrument.SEPA_INSTANT)],
    ),
    "international": (
        replace(EURO_ACCOUNT, profile="international"),
        [
            cross_border(1),
            cross_border(2, amount=money(1_000, "JPY"), charges="DEBT"),
            cross_border(3, amount=money(1_500, "KWD")),
        ],
    ),
    "swiss": (SWISS_ACCOUNT, [swiss(1), swiss(2, payee=payee(iban=SWISS_IBAN, name="Café Zürich"), reference="")]),
}  # fmt: skip

ACH_CASE: tuple[BankAccount, list[PaymentOrder]] = (
    DOLLAR_ACCOUNT,
    [
        ach(1, allocations=(allocation("INV 9", 500_000),), text=""),
        ach(2, allocations=(allocation("R-1", 300_000), allocation("R-2", 200_000, discount=4_000))),
        ach(3, purpose="SALA", text="Wages November"),
    ],
)
