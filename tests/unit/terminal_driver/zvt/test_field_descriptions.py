"""Names and kinds of fields and tags: every field of the table has one, containers are those that hold objects."""

import pytest

from terminal_driver.zvt.bitmaps import BITMAPS, CARD_TLV_TAGS
from terminal_driver.zvt.field_descriptions import _TAGS, FieldDescription, ValueKind, describe_bitmap, describe_tag
from terminal_driver.zvt.tlv import TlvObject


@pytest.mark.parametrize("code", BITMAPS, ids=lambda code: f"{code:02X}")
def test_bitmap_when_in_the_table_then_described_and_card_data_marked(code: int) -> None:
    described = describe_bitmap(code)

    assert described is not None
    assert described.name
    assert (described.kind is ValueKind.CARD_DATA) == BITMAPS[code].card_data


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (0x04, FieldDescription("amount", ValueKind.AMOUNT)),
        (0x27, FieldDescription("result code", ValueKind.RESULT_CODE)),
        (0x37, FieldDescription("original trace number", ValueKind.NUMBER)),
        (0x60, FieldDescription("totals", ValueKind.TOTALS)),
        (0x8A, FieldDescription("card type id", ValueKind.BYTE)),
        (0xF3, FieldDescription("display line 3", ValueKind.TEXT)),
        (0x6C, None),
    ],
)
def test_bitmap_when_asked_then_name_and_kind(code: int, expected: FieldDescription | None) -> None:
    assert describe_bitmap(code) == expected


@pytest.mark.parametrize("tag", sorted(_TAGS))
def test_tag_when_described_then_container_exactly_if_it_holds_objects(tag: str) -> None:
    assert TlvObject(tag).constructed == (_TAGS[tag].kind is ValueKind.CONTAINER)


@pytest.mark.parametrize("tag", sorted(CARD_TLV_TAGS))
def test_tag_when_it_holds_card_data_then_said(tag: str) -> None:
    described = describe_tag(tag)

    assert described is not None
    assert described.kind is ValueKind.CARD_DATA


def test_tag_when_private_then_unknown() -> None:
    assert describe_tag("DF01") is None
