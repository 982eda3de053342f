"""Settings of credit: what the operator may say about vouchers and the shop's own account."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from gateway.configuration.credit_settings import TransferSettings, VoucherSettings

SWISS = {"name": "Laden AG", "iban": "CH93 0076 2011 6238 5295 7", "bic": "UBSWCHZH80A"}
PLACE = {"street": "Hauptstrasse", "building": "1", "postal_code": "8000", "town": "Zürich", "country": "CH"}


def test_nothing_said_then_no_transfers_and_vouchers_for_three_years() -> None:
    assert TransferSettings().creditor() is None
    assert (VoucherSettings().valid_years, VoucherSettings().credit_valid_years) == (3, 0)


def test_account_when_written_in_groups_then_read_plain() -> None:
    found = TransferSettings.model_validate(SWISS | {"address": PLACE, "qr_iban": "CH4431999123000889012"}).creditor()

    assert found is not None
    assert (found.iban, found.qr_iban) == ("CH9300762011623852957", "CH4431999123000889012")
    assert found.address is not None
    assert found.address.town == "Zürich"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"iban": "CH93 0076 2011 6238 5295 8"}, "check digits"),
        ({"name": ""}, "name of its holder"),
        ({"qr_iban": "CH9300762011623852957"}, "30000 to 31999"),
        ({"address": PLACE | {"town": "東京"}}, "cannot carry"),
        ({"bic": "short"}, "bic"),
    ],
)
def test_account_when_something_is_wrong_then_said_at_the_start(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        TransferSettings.model_validate(SWISS | changes)
