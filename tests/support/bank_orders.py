"""Payment orders to write into bank files: one of each kind, and as many as a bench wants."""

import hashlib
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime

from gateway.domain.bank.iban import check_digits
from gateway.domain.ids import PayableId, PaymentOrderId, PaymentRunId, SupplierId
from gateway.domain.money import Currency, Money
from gateway.domain.payables.payment_order import Allocation, BankAccount, Instrument, Payee, PaymentOrder
from gateway.domain.payables.supplier import PostalAddress

CREATED_AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
TODAY = date(2026, 11, 23)
PAY_ON = date(2026, 11, 25)
RUN_ID = PaymentRunId(uuid.UUID(int=7))


def iban_of(country: str, rest: str) -> str:
    """Return an account number with fitting check digits."""
    return f"{country}{check_digits(rest, country)}{rest}"


GERMAN_IBAN = iban_of("DE", "370400440532013000")
FRENCH_IBAN = iban_of("FR", "20041010050500013M02606")
SWISS_IBAN = iban_of("CH", "00762011623852957")
QR_IBAN = iban_of("CH", "30808001234567890")
QR_REFERENCE = "210000000003139471430009017"

EURO_ACCOUNT = BankAccount(
    id="house", name="House bank", holder="Müller Märkte GmbH", currency="EUR", country="DE", iban=GERMAN_IBAN,
    bic="COBADEFFXXX", profile="sepa",
)  # fmt: skip
SWISS_ACCOUNT = BankAccount(
    id="house", name="Swiss bank", holder="Läden AG", currency="CHF", country="CH", iban=SWISS_IBAN, bic="POFICHBEXXX",
    profile="swiss",
)  # fmt: skip
DOLLAR_ACCOUNT = BankAccount(
    id="house", name="Dollar bank", holder="Corner Shop Inc", currency="USD", country="US", other_id="1234567890",
    clearing_member="021000021", profile="us_ach", initiating_id="1234567890",
)  # fmt: skip


def money(minor: int, code: str = "EUR") -> Money:
    """Return an amount."""
    return Money(minor, Currency.of(code))


def payee(**changes: object) -> Payee:
    """Return a payee in France, changed where a test wants it."""
    plain = Payee(
        supplier_id=SupplierId(uuid.UUID(int=11)),
        account_id=uuid.UUID(int=12),
        name="Société Générale des Bois",
        country="FR",
        iban=FRENCH_IBAN,
        language="fr",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # a test names the fields


def order(number: int = 1, **changes: object) -> PaymentOrder:
    """Return a SEPA order, changed where a test wants it. ``number``: makes its ids."""
    plain = PaymentOrder(
        id=PaymentOrderId(uuid.UUID(int=1000 + number)),
        run_id=RUN_ID,
        position=number,
        instrument=Instrument.SEPA,
        bank_account_id="house",
        payee=payee(),
        amount=money(100_00 + number),
        execute_on=PAY_ON,
        allocations=(),
        end_to_end_id=f"E{number:014}",
        text=f"Invoice {number}",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # a test names the fields


def allocation(number: str, minor: int, code: str = "USD", *, discount: int = 0, credit: bool = False) -> Allocation:
    """Return what is paid of one invoice."""
    payable = PayableId(uuid.UUID(bytes=hashlib.md5(number.encode(), usedforsecurity=False).digest()))
    return Allocation(payable, number, money(minor, code), money(discount, code), credit)


def cross_border(number: int = 1, **changes: object) -> PaymentOrder:
    """Return an order in dollars to the United States, by the number of the bank."""
    to = payee(
        name="Timber & Sons Ltd", country="US", iban="", other_id="00123-4567", clearing_system="USABA",
        clearing_member="021000021", bank_name="First Bank", language="en",
        address=PostalAddress("Main Street", "12b", "10001", "New York", "US"),
    )  # fmt: skip
    known: dict[str, object] = {"instrument": Instrument.CROSS_BORDER, "payee": to, "amount": money(5_000, "USD")}
    return order(number, **(known | {"charges": "SHAR"} | changes))


def swiss(number: int = 1, **changes: object) -> PaymentOrder:
    """Return an order in francs to a QR-IBAN."""
    address = PostalAddress("Bahnhofstrasse", "1", "8001", "Zürich", "CH")
    to = payee(name="Käserei & Söhne", country="CH", iban=QR_IBAN, language="de", address=address)
    known: dict[str, object] = {"instrument": Instrument.SWISS, "payee": to, "amount": money(4_250, "CHF")}
    return order(number, **(known | {"reference": QR_REFERENCE} | changes))


def ach(number: int = 1, **changes: object) -> PaymentOrder:
    """Return an ACH credit."""
    to = payee(
        name="Acme Supplies", country="US", iban="", other_id="744-5678-99", clearing_member="231380104", language="en"
    )
    known: dict[str, object] = {"instrument": Instrument.NACHA, "payee": to, "amount": money(5_000_00, "USD")}
    return order(number, **(known | changes))
