"""Settings of credit: vouchers, the shop's own bank account for transfers, customers on account."""

from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from gateway.configuration.settings_section import Section
from gateway.domain.bank.iban import Iban, check_iban, is_qr_iban
from gateway.domain.bank.swiss_qr import SwissAddress
from gateway.domain.bank.transfer_order import Creditor
from gateway.domain.errors import InputError

Line = Annotated[str, Field(max_length=70)]


class VoucherSettings(Section):
    """Vouchers and store credit.

    `valid_years`, `credit_valid_years`: good until the end of the year that comes so many years later; 0 for ever.
    `amount_minor_max`: of one voucher, in minor units (cents). `key_file`: from whose bytes the codes of vouchers and
    pay links are made; several nodes of one store share it; empty keeps one in the data folder.
    """

    valid_years: int = Field(default=3, ge=0, le=30)
    credit_valid_years: int = Field(default=0, ge=0, le=30)
    amount_minor_max: int = Field(default=100_000, ge=1, le=100_000_000)
    key_file: str = ""


class AddressSettings(Section):
    """The address of the account holder: needed for Swiss codes. `country`: two letters."""

    street: Line = ""
    building: str = Field(default="", max_length=16)
    postal_code: str = Field(default="", max_length=16)
    town: str = Field(default="", max_length=35)
    country: str = Field(default="", pattern=r"^([A-Z]{2})?$")


class TransferSettings(Section):
    """The shop's own account. Without `iban` no transfers are asked for.

    `name`: of the account holder; `bic`: needed outside the European Economic Area; `qr_iban`: for Swiss QR references;
    `days`: a payer has to pay.
    """

    name: Line = ""
    iban: str = Field(default="", max_length=42)
    bic: str = Field(default="", pattern=r"^([A-Z0-9]{8}([A-Z0-9]{3})?)?$")
    qr_iban: str = Field(default="", max_length=42)
    address: AddressSettings = AddressSettings()
    days: int = Field(default=7, ge=1, le=90)

    @field_validator("iban", "qr_iban")
    @classmethod
    def _plain(cls, text: str) -> str:
        try:
            return check_iban(text) if text else ""
        except InputError as error:
            raise ValueError(error.message) from error

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.iban and not self.name:
            raise ValueError("an account needs the name of its holder")
        if self.qr_iban and (not self.iban or not is_qr_iban(Iban(self.qr_iban))):
            raise ValueError("qr_iban stands beside the ordinary iban, and its institution is 30000 to 31999")
        try:
            self.creditor()
        except InputError as error:
            raise ValueError(error.message) from error
        return self

    def creditor(self) -> Creditor | None:
        """The account as codes need it; None where there is none.

        Raises:
            InputError: a part of the address cannot stand in a Swiss code.
        """
        if not self.iban:
            return None
        place = self.address
        address = None
        if place.country:
            address = SwissAddress(
                self.name, place.street, place.building, place.postal_code, place.town, place.country
            )
        return Creditor(self.name, Iban(self.iban), self.bic, Iban(self.qr_iban) if self.qr_iban else None, address)


class AccountSettings(Section):
    """Customers on account. `within_limit`: whoever sells may use a free limit; else each sale needs `credit:give`."""

    within_limit: bool = True
