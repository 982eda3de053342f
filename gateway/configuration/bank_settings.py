"""Settings of the shop's own bank accounts, from which suppliers are paid."""

from typing import Annotated

from pydantic import Field, model_validator

from gateway.configuration.settings_section import Section
from gateway.domain.money import Currency, Money
from gateway.domain.payables.choose_instrument import OwnAccount
from gateway.domain.payables.payment_order import BankAccount
from gateway.domain.payables.supplier import PostalAddress

_AMOUNT = r"^-?[0-9]{1,11}(\.[0-9]{1,4})?$"
Amount = Annotated[str, Field(pattern=_AMOUNT)]
Text = Annotated[str, Field(max_length=70)]


class BankAccountSettings(Section):
    """One account. `id`: its name in files and books, never changed once used; `profile`: the kind of bank it is with.

    `iban`, or `other_id` where a country has none; `holder`: the name the bank knows; `initiating_id`: the bank's id of
    who sends; `travel_days`: banking days until a payee has the money; `reserve`: what has to stay on it, empty: nobody
    looks; `opening`: what was on it when the books began.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")
    name: str = Field(min_length=1, max_length=70)
    holder: str = Field(min_length=1, max_length=70)
    currency: str = Field(default="EUR", pattern=r"^[A-Z]{3}$")
    country: str = Field(default="DE", pattern=r"^[A-Z]{2}$")
    iban: str = Field(default="", pattern=r"^([A-Z]{2}[0-9]{2}[A-Z0-9]{1,30})?$")
    bic: str = Field(default="", pattern=r"^([A-Z0-9]{8}([A-Z0-9]{3})?)?$")
    other_id: str = Field(default="", max_length=34)
    clearing_member: str = Field(default="", max_length=35)
    profile: str = Field(default="sepa", pattern=r"^[a-z][a-z0-9_]{0,39}$")
    initiating_id: str = Field(default="", max_length=35)
    street: Text = ""
    building: str = Field(default="", max_length=16)
    postcode: str = Field(default="", max_length=16)
    town: str = Field(default="", max_length=35)
    travel_days: int = Field(default=1, ge=0, le=10)
    instant_max: Amount = "0"
    reserve: str = Field(default="", pattern=rf"^$|{_AMOUNT}")
    opening: Amount = "0"

    @model_validator(mode="after")
    def _one_number(self) -> "BankAccountSettings":
        if bool(self.iban) == bool(self.other_id):
            raise ValueError("a bank account has an iban, or an other_id where its country has none")
        return self

    def own(self) -> OwnAccount:
        """Return the account as payment runs use it.

        Raises:
            InputError: ``unknown_currency``; ``invalid_amount`` for more decimal places than the currency has.
        """
        currency = Currency.of(self.currency)

        def minor(text: str) -> int:
            return Money.from_decimal(text, currency).minor

        account = BankAccount(
            id=self.id,
            name=self.name,
            holder=self.holder,
            currency=self.currency,
            country=self.country,
            iban=self.iban,
            bic=self.bic,
            other_id=self.other_id,
            clearing_member=self.clearing_member,
            profile=self.profile,
            initiating_id=self.initiating_id,
            address=PostalAddress(self.street, self.building, self.postcode, self.town, self.country),
        )
        return OwnAccount(
            account=account,
            travel_days=self.travel_days,
            reserve_minor=minor(self.reserve) if self.reserve else None,
            opening_minor=minor(self.opening),
            instant_max_minor=minor(self.instant_max),
        )
