"""Check digits of VAT numbers by country; each function is given a number of the right form, without its country."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from invoice_capture.values.references import luhn_ok, mod97

_ES_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_ES_CONTROLS = "JABCDEFGHI"
_IE_LETTERS = "WABCDEFGHIJKLMNOPQRSTUV"
_FR_LETTERS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_CY_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)


def _digits(text: str) -> list[int]:
    return [int(one) for one in text]


def _sum(text: str, weights: Sequence[int]) -> int:
    return sum(weight * digit for weight, digit in zip(weights, _digits(text), strict=False))


def _mod_11_10(text: str) -> bool:
    """ISO 7064 MOD 11,10: Germany and Croatia."""
    check = 10
    for digit in _digits(text[:-1]):
        check = ((check + digit) % 10 or 10) * 2 % 11
    return (11 - check) % 10 == int(text[-1])


def _at(text: str) -> bool:
    digits = _digits(text[1:])
    total = sum(digit if place % 2 == 0 else digit * 2 // 10 + digit * 2 % 10 for place, digit in enumerate(digits[:7]))
    return (10 - (total + 4) % 10) % 10 == digits[7]


def _be(text: str) -> bool:
    return 97 - int(text[:8]) % 97 == int(text[8:])


def _bg(text: str) -> bool:
    if len(text) == 9:
        check = _sum(text, range(1, 9)) % 11
        check = _sum(text, range(3, 11)) % 11 if check == 10 else check
        return check % 10 == int(text[8])
    last = int(text[9])
    citizen = _sum(text[:9], (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11 % 10 == last
    foreigner = _sum(text[:9], (21, 19, 17, 13, 11, 9, 7, 3, 1)) % 10 == last
    other = (11 - _sum(text[:9], (4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11) % 11 == last
    return citizen or foreigner or other


def _che(text: str) -> bool:
    return (11 - _sum(text[:8], (5, 4, 3, 2, 7, 6, 5, 4)) % 11) % 11 == int(text[8])


def _cy(text: str) -> bool:
    digits = _digits(text[:8])
    total = sum(_CY_ODD[digit] for digit in digits[::2]) + sum(digits[1::2])
    return chr(ord("A") + total % 26) == text[8]


def _cz(text: str) -> bool:
    if len(text) == 8:
        check = (11 - _sum(text[:7], range(8, 1, -1)) % 11) % 11
        return (check or 1) % 10 == int(text[7]) if check != 10 else text[7] == "0"
    if len(text) == 9 and text[0] == "6":
        check = _sum(text[1:8], range(8, 1, -1)) % 11
        return (8 - (10 - check) % 11) % 10 == int(text[8])
    # Birth numbers of nine digits were given before 1954 and have no check digit.
    return len(text) == 9 or int(text) % 11 == 0 or (int(text[:9]) % 11 == 10 and text[9] == "0")


def _dk(text: str) -> bool:
    return _sum(text, (2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


def _ee(text: str) -> bool:
    return _sum(text, (3, 7, 1, 3, 7, 1, 3, 7, 1)) % 10 == 0


def _el(text: str) -> bool:
    return _sum(text[:8], (256, 128, 64, 32, 16, 8, 4, 2)) % 11 % 10 == int(text[8])


def _es(text: str) -> bool:
    if text[0].isdigit() or text[0] in "KLMXYZ":
        number = {"X": "0", "Y": "1", "Z": "2", "K": "", "L": "", "M": ""}.get(text[0], text[0]) + text[1:8]
        return text[8].isalpha() and _ES_LETTERS[int(number) % 23] == text[8]
    total = sum(digit * 2 // 10 + digit * 2 % 10 for digit in _digits(text[1:8:2])) + sum(_digits(text[2:8:2]))
    check = (10 - total % 10) % 10
    return text[8] in {str(check), _ES_CONTROLS[check]}


def _fi(text: str) -> bool:
    return _sum(text, (7, 9, 10, 5, 8, 4, 2, 1)) % 11 == 0


def _fr(text: str) -> bool:
    # Numbers of Monaco begin with 000 and are no SIREN.
    if not luhn_ok(text[2:]) and text[2:5] != "000":
        return False
    if text[:2].isdigit():
        return int(text[2:] + "12") % 97 == int(text[:2])
    first, second = _FR_LETTERS.index(text[0]), _FR_LETTERS.index(text[1])
    check = first * 24 + second - 10 if text[0].isdigit() else first * 34 + second - 100
    return (int(text[2:]) + 1 + check // 11) % 11 == check % 11


def _gb(text: str) -> bool:
    if not text.isdigit():
        return True
    return _sum(text[:9], (8, 7, 6, 5, 4, 3, 2, 10, 1)) % 97 in {0, 42}


def _hu(text: str) -> bool:
    return _sum(text, (9, 7, 3, 1, 9, 7, 3, 1)) % 10 == 0


def _ie(text: str) -> bool:
    if not text[1].isdigit():
        text = "0" + text[2:7] + text[0] + text[7:]
    second = _IE_LETTERS.index(text[8]) if len(text) == 9 else 0
    return _IE_LETTERS[(_sum(text[:7], range(8, 1, -1)) + 9 * second) % 23] == text[7]


def _lt(text: str) -> bool:
    # One before last is 1 in every number.
    body = text[:-1]
    if body[-1] != "1":
        return False
    check = sum((1 + place % 9) * digit for place, digit in enumerate(_digits(body))) % 11
    if check == 10:
        check = sum((1 + (place + 2) % 9) * digit for place, digit in enumerate(_digits(body))) % 11
    return check % 10 == int(text[-1])


def _lu(text: str) -> bool:
    return int(text[:6]) % 89 == int(text[6:])


def _lv(text: str) -> bool:
    if text[0] > "3":
        return _sum(text, (9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1)) % 11 == 3
    # Personal codes given since 2017 begin with 32 and carry no check digit.
    return text[:2] == "32" or (1 + _sum(text[:10], (10, 5, 8, 4, 2, 1, 6, 3, 7, 9))) % 11 % 10 == int(text[10])


def _mt(text: str) -> bool:
    return _sum(text, (3, 4, 6, 7, 8, 9, 10, 1)) % 37 == 0


def _nl(text: str) -> bool:
    # Since 2020 the number of a person in business is checked by modulo 97 over the whole id.
    return _sum(text[:9], (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0 or mod97("NL" + text) == 1


def _no(text: str) -> bool:
    return _sum(text[:9], (3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


def _pl(text: str) -> bool:
    return _sum(text[:9], (6, 5, 7, 2, 3, 4, 5, 6, 7)) % 11 == int(text[9])


def _pt(text: str) -> bool:
    check = 11 - _sum(text[:8], range(9, 1, -1)) % 11
    return (check if check < 10 else 0) == int(text[8])


def _ro(text: str) -> bool:
    return _sum(text[:-1].zfill(9), (7, 5, 3, 2, 1, 7, 5, 3, 2)) * 10 % 11 % 10 == int(text[-1])


def _se(text: str) -> bool:
    return luhn_ok(text[:10])


def _si(text: str) -> bool:
    check = 11 - _sum(text[:7], range(8, 1, -1)) % 11
    return text[0] != "0" and check != 11 and check % 10 == int(text[7])


def _sk(text: str) -> bool:
    return int(text) % 11 == 0


CHECKS: dict[str, Callable[[str], bool]] = {
    "AT": _at,
    "BE": _be,
    "BG": _bg,
    "CHE": _che,
    "CY": _cy,
    "CZ": _cz,
    "DE": _mod_11_10,
    "DK": _dk,
    "EE": _ee,
    "EL": _el,
    "ES": _es,
    "FI": _fi,
    "FR": _fr,
    "GB": _gb,
    "HR": _mod_11_10,
    "HU": _hu,
    "IE": _ie,
    "IT": luhn_ok,
    "LT": _lt,
    "LU": _lu,
    "LV": _lv,
    "MT": _mt,
    "NL": _nl,
    "NO": _no,
    "PL": _pl,
    "PT": _pt,
    "RO": _ro,
    "SE": _se,
    "SI": _si,
    "SK": _sk,
    "XI": _gb,
}
"""Whether the check digits of a number hold, by country."""
