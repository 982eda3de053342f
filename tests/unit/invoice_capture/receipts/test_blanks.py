"""Blanks and letters that were misread are put right; what is no doubt a word stays."""

from __future__ import annotations

import pytest

from invoice_capture.receipts.blanks import Blanks

_BLANKS = Blanks(["MINI", "MARKET", "SEAFOOD", "PANAS", "UTAMA", "SETIA", "HARDWARE"])


@pytest.mark.parametrize(
    ("read", "printed"),
    [
        ("53000KUALALUMPUR", "53000 KUALA LUMPUR"),
        ("JALANUTAMA7/4,TAMANSETIA", "JALAN UTAMA 7/4, TAMAN SETIA"),
        ("Jalan Utama,4380O Bandar", "Jalan Utama, 43800 Bandar"),
        ("BandarUtama", "Bandar Utama"),
        ("40150 SHAH ALAM, SCLANGOR", "40150 SHAH ALAM, SELANGOR"),
        ("NO. 9, 'SELANGOR", "NO. 9, SELANGOR"),
        ("JALANSS23/11", "JALANSS23/11"),
        ("SEAFOOD LANE", "SEAFOOD LANE"),
        ("SETIA Á", "SETIA Á"),
    ],
)
def test_address_when_misread_then_it_is_as_printed(read: str, printed: str) -> None:
    assert _BLANKS.address(read) == printed


@pytest.mark.parametrize(
    ("read", "printed"),
    [
        ("M.B.H.MOTOR(CITY)SDN.BHD.", "M.B.H. MOTOR (CITY) SDN. BHD."),
        ("NORTHSTATIONERYSHOP", "NORTH STATIONERY SHOP"),
        ("HAPPY S DN BHD", "HAPPY SDN BHD"),
        ("CORNER MART S/D", "CORNER MART S/B"),
        ("1DEAL HARDWARE", "IDEAL HARDWARE"),
        ("SETIÁ MINI MARKET", "SETIA MINI MARKET"),
    ],
)
def test_name_when_misread_then_it_is_as_printed(read: str, printed: str) -> None:
    assert _BLANKS.name(read) == printed
