"""Card numbers are cut in text and bytes; what merely looks like one stays."""

import random

import pytest

from terminal_driver.card_data import cut_card_bytes, cut_card_numbers, is_card_number, luhn_valid, mask_pan

# Public test numbers of the card schemes, one per scheme and length.
NUMBERS = {
    "visa 13": "4222222222222",
    "visa 16": "4111111111111111",
    "visa 19": "4000000000000000006",
    "mastercard": "5555555555554444",
    "mastercard second range": "2223003122003222",
    "amex": "378282246310005",
    "diners 36": "36227206271667",
    "diners 30": "30569309025904",
    "discover": "6011111111111117",
    "jcb": "3530111333300000",
    "unionpay": "6212345678901232",
    "maestro 12": "501800000009",
    "girocard 19": "6729640412345678907",
}


def _girocard() -> str:
    stem = "672964041234567890"
    return next(stem + str(last) for last in range(10) if luhn_valid(stem + str(last)))


NUMBERS["girocard 19"] = _girocard()


@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS)
def test_cut_when_number_of_any_scheme_then_house_format(number: str) -> None:
    masked = mask_pan(number)
    assert cut_card_numbers(f"paid with {number}, thanks") == f"paid with {masked}, thanks"
    assert cut_card_numbers(f"x{number}y") == f"x{masked}y"


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("4111111111111111", "411111******1111"),
        ("4000000000000000006", "400000*********0006"),
        ("378282246310005", "378282*****0005"),
        ("36227206271667", "**********1667"),
        ("501800000009", "********0009"),
        ("EEEEEEEEEEEE4771", "************4771"),
        ("474843EEEEEE7743", "474843******7743"),
        ("4111-1111 11111111", "411111******1111"),
        ("12345678", "********"),
        ("", ""),
    ],
)
def test_mask_when_known_card_number_then_one_format(number: str, masked: str) -> None:
    assert mask_pan(number) == masked


def test_cut_when_grouped_then_separators_fall_away() -> None:
    assert cut_card_numbers("4111 1111 1111 1111") == "411111******1111"
    assert cut_card_numbers("3782-822463-10005") == "378282*****0005"
    assert cut_card_numbers(" ".join("4111111111111111")) == "411111******1111"
    assert cut_card_numbers("4111  1111 1111 1111") == "4111  1111 1111 1111"


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("4111.1111.1111.1111", "4111.11**.****.1111"),
        ("No:4111/1111/1111/1111/", "No:4111/11**/****/1111/"),
        ("3782_822463_10005", "3782_82****_*0005"),
        ("500000000009|59", "********0009|59"),
        ("4111,1111,1111,1111", "4111,1111,1111,1111"),
        ("5.00 10.20 300.00 4.51", "5.00 10.20 300.00 4.51"),
        ("30.01.2026 12:30:41", "30.01.2026 12:30:41"),
    ],
)
def test_cut_when_other_signs_stand_between_then_only_the_groups_of_a_card_are_joined(text: str, cut: str) -> None:
    assert cut_card_numbers(text) == cut


def test_cut_when_amounts_and_times_follow_each_other_then_left() -> None:
    rng = random.Random(30)
    for _ in range(2_000):
        amounts = " ".join(f"{rng.randrange(5, 700)}.{rng.randrange(100):02}" for _ in range(4))
        moment = (
            f"30.{rng.randrange(1, 13):02}.2026 {rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}"
        )
        assert cut_card_numbers(amounts) == amounts
        assert cut_card_numbers(moment) == moment


def test_cut_when_other_numbers_stand_beside_then_only_shown_digits_remain() -> None:
    cut = cut_card_numbers("12 4111 1111 1111 1111 5")
    assert "411111******1111" in cut
    assert "1111 1111" not in cut


def test_cut_when_cut_again_then_unchanged() -> None:
    once = cut_card_numbers("a 4111111111111111 b 36227206271667")
    assert cut_card_numbers(once) == once


def _with_luhn(stem: str) -> str:
    return next(stem + str(last) for last in range(10) if luhn_valid(stem + str(last)))


def _ean13(rng: random.Random) -> str:
    stem = f"{rng.choice(['40', '42', '50', '57', '69', '76', '90'])}{rng.randrange(10**10):010d}"
    total = sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(stem))
    return stem + str(-total % 10)


def _iban(rng: random.Random) -> str:
    country, length = rng.choice([("DE", 18), ("AT", 16), ("BE", 12), ("NO", 11), ("FR", 23), ("ES", 20), ("CH", 17)])
    account = f"{rng.randrange(10**length):0{length}d}"
    check = 98 - int(account + "".join(str(int(c, 36)) for c in country) + "00") % 97
    return f"{country}{check:02d}{account}"


def _invoice_number(rng: random.Random) -> str:
    shapes = ("RE-{y}-{n:06d}", "{y}{n:08d}", "INV{n:010d}", "{y}-{m:02d}-{n:05d}", "PO {n:07d}", "R{y}{m:02d}{n:06d}")
    return rng.choice(shapes).format(y=rng.randrange(2019, 2031), m=rng.randrange(1, 13), n=rng.randrange(10**6))


def test_cut_when_ibans_eans_invoice_numbers_then_under_one_per_mille_false() -> None:
    """C6: 10,000 of each, IBANs both plain and in printed groups of four."""
    rng = random.Random(20)
    ibans = [_iban(rng) for _ in range(10_000)]
    printed = [" ".join(iban[i : i + 4] for i in range(0, len(iban), 4)) for iban in ibans]
    eans = [_ean13(rng) for _ in range(10_000)]
    rows = [f"{ean} 2 100" for ean in eans]
    invoices = [_invoice_number(rng) for _ in range(10_000)]

    for samples in (ibans, printed, eans, rows, invoices):
        assert sum(cut_card_numbers(text) != text for text in samples) < 10


def test_cut_when_article_number_follows_card_word_then_cut() -> None:
    rng = random.Random(3)
    both = next(ean for ean in iter(lambda: _ean13(rng), "") if is_card_number(ean))
    assert cut_card_numbers(f"EAN {both}") == f"EAN {both}"
    assert cut_card_numbers(f"Karten-Nr. {both}") == f"Karten-Nr. {mask_pan(both)}"


def test_cut_when_telephone_number_then_left() -> None:
    number = _with_luhn("491711234567")
    assert cut_card_numbers(f"+{number}") == f"+{number}"


def test_cut_bytes_when_ascii_then_length_kept() -> None:
    data = b"\x10\x02PAN 4111 1111 1111 1111\x10\x03"
    assert cut_card_bytes(data) == b"\x10\x02PAN 4111 11** **** 1111\x10\x03"


def test_cut_bytes_when_ebcdic_then_stars_of_ebcdic() -> None:
    digits = bytes(0xF0 + int(d) for d in "4111111111111111")
    assert cut_card_bytes(b"\x00" + digits) == b"\x00" + digits[:6] + b"\x5c" * 6 + digits[-4:]
    assert cut_card_bytes(b"\xf1\xf6" + digits)[2:] == digits[:6] + b"\x5c" * 6 + digits[-4:]


@pytest.mark.parametrize(
    ("data", "cut"),
    [
        ("22f0f8411111111111111129280048", "22f0f8411111eeeeee111129280048"),
        ("5a084111111111111111", "5a08411111eeeeee1111"),
        ("23f1f34111111111111111d25122011234567890000f", "23f1f3411111eeeeee1111deeeeeeeeeeeeeeeeeeeef"),
        ("ff378282246310005fff", "ff378282eeeee0005fff"),
        ("aa4111111111111111bb", "aa411111eeeeee1111bb"),
    ],
)
def test_cut_bytes_when_bcd_then_masked_nibbles(data: str, cut: str) -> None:
    assert cut_card_bytes(bytes.fromhex(data)).hex() == cut


def test_cut_bytes_when_plain_status_then_unchanged() -> None:
    """Amount, currency, receipt and turnover numbers in a row look like digits of a card, but no length says so."""
    rng = random.Random(8)
    for _ in range(2_000):
        amount, receipt = f"{rng.randrange(10**6):012d}", f"{rng.randrange(10**4):04d}"
        data = bytes.fromhex(f"040f20270004{amount}0b000463490978 87{receipt} 8800{receipt}8a2e".replace(" ", ""))
        assert cut_card_bytes(data) == data


def test_cut_when_track_data_follow_then_all_their_digits_hidden() -> None:
    assert cut_card_numbers(";4111111111111111=25122011234567890?") == ";411111******1111=*****************?"
    cut = cut_card_numbers("%B4111111111111111^DOE/JANE 2^25122011234567890?")
    assert not any(sign.isdigit() for sign in cut.partition("^")[2])


@pytest.mark.parametrize(
    "data",
    [
        b"\x0227153648 EUR 9,30 Beleg 4711\x03",
        b'{"Id":"612345678","status":"Success"}',
        b"\x06\xd1\x14\x00Bitte Gebuehr pruefen",
        b"\x06\xd1\x13\x00Was bei Ihrer Karte gut ist",
    ],
)
def test_cut_bytes_when_text_then_letters_are_no_packed_digits(data: bytes) -> None:
    assert cut_card_bytes(data) == data


def test_cut_bytes_when_words_with_the_shape_of_a_packed_number_then_only_a_longer_text_saves_them() -> None:
    """The letters of "eacaisaug" are the digits of a number; so might a real number be made of letters."""
    word = next(
        bytes.fromhex(stem + str(last))
        for stem in ("65616361697361756", "65616361697361757")
        for last in range(10)
        if luhn_valid(stem + str(last))
    )
    assert cut_card_bytes(b"\xff" + word + b"\xff") != b"\xff" + word + b"\xff"
    assert cut_card_bytes(b"on " + word + b"z") == b"on " + word + b"z"
