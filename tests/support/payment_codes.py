"""A payment code of each kind to try with; accounts and references are the ones the standards print as examples."""

from __future__ import annotations

from gateway.domain.bank.epc_qr import EpcPayment
from gateway.domain.bank.iban import check_iban
from gateway.domain.bank.swiss_qr import ReferenceType, SwissAddress, SwissBill
from gateway.domain.money import Currency, Money
from tests.support.bills import eur

CHF = Currency.of("CHF")
CH_ACCOUNT = check_iban("CH93 0076 2011 6238 5295 7")
CH_QR_ACCOUNT = check_iban("CH44 3199 9123 0008 8901 2")

EPC = EpcPayment("Café Brücke", check_iban("DE89 3704 0044 0532 0130 00"), eur(1_230), message="Sale 4711")

SWISS = SwissBill(
    iban=CH_QR_ACCOUNT,
    creditor=SwissAddress("Bäckerei am Fluss", "Uferweg", "7a", "8000", "Zürich", "CH"),
    currency=CHF,
    amount=Money(194_975, CHF),
    debtor=SwissAddress("Kundin", "", "", "9490", "Vaduz", "LI"),
    reference_type=ReferenceType.QRR,
    reference="210000000003139471430009017",
    message="Danke",
)
