"""What a document refuses before it reaches a printer."""

import pytest

from terminal_driver.printer.document import Align, Barcode, BarcodeKind, Feed, QrCode, Verbatim


@pytest.mark.parametrize("lines", [0, -1, 256])
def test_feed_when_out_of_one_byte_then_refused(lines: int) -> None:
    with pytest.raises(ValueError, match="lines"):
        Feed(lines)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ("4006381333931", BarcodeKind.EAN13),
        ("96385074", BarcodeKind.EAN8),
        ("R-2024-000017", BarcodeKind.CODE128),
        ("A{b}~", BarcodeKind.CODE128),
        ("TILL 7", BarcodeKind.CODE39),
    ],
)
def test_barcode_when_the_symbology_holds_it_then_kept(data: str, kind: BarcodeKind) -> None:
    assert Barcode(data, kind).data == data


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ("4006381333932", BarcodeKind.EAN13),
        ("400638133393", BarcodeKind.EAN13),
        ("40063813339\u0663\u0661", BarcodeKind.EAN13),
        ("96385075", BarcodeKind.EAN8),
        ("", BarcodeKind.CODE128),
        ("a\x1bp", BarcodeKind.CODE128),
        ("ä", BarcodeKind.CODE128),
        ("x" * 49, BarcodeKind.CODE128),
        ("small", BarcodeKind.CODE39),
    ],
)
def test_barcode_when_the_symbology_cannot_hold_it_then_refused(data: str, kind: BarcodeKind) -> None:
    with pytest.raises(ValueError, match="cannot hold"):
        Barcode(data, kind)


@pytest.mark.parametrize("data", ["", "x" * 1001, "€" * 334])
def test_qr_code_when_empty_or_unreadably_dense_then_refused(data: str) -> None:
    with pytest.raises(ValueError, match="QR code"):
        QrCode(data)


def test_verbatim_when_alignments_do_not_match_lines_then_refused() -> None:
    with pytest.raises(ValueError, match="2 lines but 1 alignments"):
        Verbatim(("a", "b"), (Align.CENTRE,))
