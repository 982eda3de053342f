"""Credit transfer files read: what does not fit in them is told."""

import pytest

from connectors.formats.bank_profiles import BankProfiles
from connectors.formats.pain001 import write_pain001
from connectors.formats.pain001_reader import read_pain001
from gateway.domain.errors import InputError
from tests.support.bank_orders import CREATED_AT, EURO_ACCOUNT, GERMAN_IBAN, order

_GOOD = write_pain001(BankProfiles().named("sepa"), "RUN7", CREATED_AT, EURO_ACCOUNT, [order(1), order(2)])


def test_file_when_it_fits_then_block_and_payments_are_told() -> None:
    read = read_pain001(_GOOD)

    (block,) = read.blocks
    assert (block.id, block.account, block.service, block.local, block.charges) == (
        "RUN7-001",
        GERMAN_IBAN,
        "SEPA",
        "",
        "SLEV",
    )
    assert block.batch_booking is True
    assert [payment.text for payment in read.payments] == ["Invoice 1", "Invoice 2"]
    assert read.defects == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            b"<NbOfTxs>2</NbOfTxs>",
            b"<NbOfTxs>3</NbOfTxs>",
            ["Block RUN7-001: It says 3 payments and has 2.", "It says 3"],
        ),
        (b"<CtrlSum>200.03", b"<CtrlSum>200.04", ["Block RUN7-001: It says 200.04 in all", "It says 200.04 in all"]),
        (b"<CtrlSum>200.03", b"<CtrlSum>sNaN", ["Block RUN7-001: It says sNaN in all", "It says sNaN in all"]),
        (b"E00000000000002", b"E00000000000001", ["Two payments have the same identifier."]),
    ],
)
def test_file_when_figures_do_not_fit_then_each_is_told(old: bytes, new: bytes, said: list[str]) -> None:
    defects = read_pain001(_GOOD.replace(old, new)).defects

    assert len(defects) == len(said)
    assert all(defect.startswith(begin) for defect, begin in zip(defects, said, strict=True))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'<InstdAmt Ccy="EUR">100.01</InstdAmt>', b""),
        (b"CstmrCdtTrfInitn", b"CstmrDrctDbtInitn"),
        (b"PmtInf>", b"Other>"),
        (b"GrpHdr>", b"Header>"),
    ],
)
def test_file_when_it_is_none_then_it_is_refused(old: bytes, new: bytes) -> None:
    with pytest.raises(InputError) as caught:
        read_pain001(_GOOD.replace(old, new))

    assert caught.value.code == "bank_message_unreadable"
