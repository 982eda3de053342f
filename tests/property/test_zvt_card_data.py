"""Wherever a card number stands, at most its first six and last four digits remain (C2, C3)."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from terminal_driver.card_data import cut_card_bytes, cut_card_numbers, luhn_valid, mask_pan

_SHAPES = [("4", 16), ("4", 19), ("51", 16), ("2300", 16), ("34", 15), ("37", 15), ("36", 14), ("38", 14), ("303", 14)]
_SHAPES += [("6011", 16), ("65", 16), ("3540", 16), ("62", 17), ("50", 12), ("57", 14), ("6729", 19), ("6759", 18)]


@st.composite
def card_numbers(draw: st.DrawFn) -> str:
    """Draw a Luhn-valid number of a known issuer shape."""
    prefix, length = draw(st.sampled_from(_SHAPES))
    stem = prefix + "".join(draw(st.lists(st.sampled_from("0123456789"), min_size=length, max_size=length)))
    stem = stem[: length - 1]
    return next(stem + str(last) for last in range(10) if luhn_valid(stem + str(last)))


_OTHER_TEXT = st.text(max_size=12).map(lambda text: "".join("_" if c.isdigit() or c in "+-" else c for c in text))


def _spread(number: str, separators: list[str]) -> str:
    return number[0] + "".join(sep + digit for sep, digit in zip(separators, number[1:], strict=False))


@settings(max_examples=150, deadline=None)
@given(
    number=card_numbers(),
    separators=st.lists(st.sampled_from(["", "", "", " ", "-"]), min_size=19, max_size=19),
    before=_OTHER_TEXT,
    after=_OTHER_TEXT,
)
def test_cut_when_number_anywhere_in_text_then_masked(
    number: str, separators: list[str], before: str, after: str
) -> None:
    text = f"{before} Card {_spread(number, separators)}{after}"

    cut = cut_card_numbers(text)

    shown = "".join(sign for sign in cut if sign in "0123456789")
    assert shown == mask_pan(number).replace("*", "")
    assert cut_card_numbers(cut) == cut


@st.composite
def text_like_numbers(draw: st.DrawFn) -> str:
    """Draw a card number that is nothing but printable signs, letters for the most part, when it is packed."""
    prefix, length = draw(st.sampled_from([shape for shape in _SHAPES if shape[0] != "303"]))
    kind = draw(st.sampled_from(["234567", "3", "46", "57"]))
    stem = prefix + "".join(
        draw(st.sampled_from("123456789" if place % 2 else kind)) for place in range(len(prefix), length - 1)
    )
    return next(stem + str(last) for last in range(10) if luhn_valid(stem + str(last)))


_NEITHER_BCD_NOR_TEXT = st.sampled_from([b"\xff", b"\xaa", b"\x1b", b"\x0c", b"\xce"])


def _read_back(coded: bytes, form: str) -> str:
    """What the digits of a number in one of the forms look like now, anything but a decimal digit as it may be."""
    match form:
        case "a":
            return coded[1:].decode("latin-1")
        case "e":
            return "".join(chr(byte - 0xC0) if 0xF0 <= byte <= 0xF9 else "*" for byte in coded[1:])
        case "b":
            return coded[1:].hex()
        case _:
            return coded[3:].hex()


@settings(max_examples=150, deadline=None)
@given(
    number=card_numbers() | text_like_numbers(),
    before=st.binary(max_size=8),
    after=st.binary(max_size=8),
    border=_NEITHER_BCD_NOR_TEXT,
    form=st.sampled_from("abel"),
)
@example(number="375355723453226", before=b"", after=b"", border=b"\xff", form="b")
@example(number="4636694952264037755", before=b"y0 ", after=b"", border=b"\xaa", form="b")
@example(number="62554128774638463", before=b"text", after=b"text", border=b"\x1b", form="b")
@example(number="6011577468373049", before=b"", after=bytes.fromhex("39113932623351d1"), border=b"\xff", form="l")
def test_cut_bytes_when_number_in_any_coding_then_not_readable(
    number: str, before: bytes, after: bytes, border: bytes, form: str
) -> None:
    """Forms: (a)scii, (e)bcdic, (b)cd between bytes that are neither BCD nor text, bcd with an LL(l)ength in front."""
    bcd = bytes.fromhex(number + "f" * (len(number) % 2))
    size = len(bcd)
    coded = {
        "a": b"|" + number.encode() + b"|",
        "e": b"\xaa" + bytes(0xF0 + int(d) for d in number) + b"\xaa",
        "b": border + bcd + border,
        "l": bytes([0x22, 0xF0 + size // 10, 0xF0 + size % 10]) + bcd,
    }[form]

    cut = cut_card_bytes(before + coded + after)

    assert len(cut) == len(before + coded + after)
    signs = _read_back(cut[len(before) : len(before + coded)], form)
    assert not any(sign in "0123456789" for sign, shown in zip(signs, mask_pan(number), strict=False) if shown == "*")
    assert cut_card_bytes(cut) == cut


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_cut_when_any_text_then_only_digits_and_separators_change(text: str) -> None:
    cut = cut_card_numbers(text)

    assert [c for c in cut if c.isalpha()] == [c for c in text if c.isalpha()]
