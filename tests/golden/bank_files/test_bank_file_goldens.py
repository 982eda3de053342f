"""Whole bank files, reviewed as text; `--update-golden` rewrites them."""

from pathlib import Path

import pytest

from connectors.formats.bank_profiles import BankProfiles
from connectors.formats.nacha import write_nacha
from connectors.formats.pain001 import write_pain001
from tests.support.bank_file_cases import ACH_CASE, FILE_CASES
from tests.support.bank_orders import CREATED_AT

_HERE = Path(__file__).resolve().parent


def _compare(name: str, written: str, *, update: bool) -> None:
    golden = _HERE / name
    if update:
        golden.write_bytes(written.encode())
    assert written == golden.read_bytes().decode()


@pytest.mark.parametrize("case", sorted(FILE_CASES))
def test_credit_transfers_when_written_then_they_are_as_reviewed(case: str, *, update_golden: bool) -> None:
    account, orders = FILE_CASES[case]

    written = write_pain001(BankProfiles().named(account.profile), "RUN7", CREATED_AT, account, orders)

    # One element a line, so that a difference can be read.
    _compare(f"{case}.xml", written.decode().replace("><", ">\n<") + "\n", update=update_golden)


@pytest.mark.parametrize("profile", ["us_ach", "us_ach_balanced"])
def test_ach_credits_when_written_then_they_are_as_reviewed(profile: str, *, update_golden: bool) -> None:
    account, orders = ACH_CASE

    written = write_nacha(BankProfiles().named(profile), "RUN7", CREATED_AT, account, orders)

    _compare(f"{profile}.ach", written.decode("ascii").replace("\r\n", "\n"), update=update_golden)
