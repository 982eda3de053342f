"""Codes of vouchers and of pay links: made to be typed, read out and scanned, with check signs against mistyping.

The alphabet is Crockford's base 32: no I, L, O, U; what is typed for 0 and 1 by mistake is read as what was meant. Two
check signs make the whole number divisible by a prime (1021), so one wrong sign or two swapped ones are always noticed.
A code tells nothing about what it belongs to; who holds it may spend it.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import NewType

VoucherCode = NewType("VoucherCode", str)
"""A code in its plain form: capital letters and digits without blanks, check signs right."""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SECRET_SIGNS = 14
"""70 random bits: nobody finds one of a million vouchers by trying a million codes a second for a year."""
CODE_SIGNS = SECRET_SIGNS + 2
TILL_SIGNS = 8
"""A code that only people who are signed in may try: six signs and two check signs."""
END_SIGNS = 4
"""So much of a code is shown once it has been handed out."""

_PRIME = 1021
_BASE = len(ALPHABET)
_MEANT = str.maketrans("OIL", "011")
_BETWEEN = re.compile(r"[\s-]+")


def with_check_signs(secret: str) -> VoucherCode:
    """Return a code made of these signs of the alphabet, followed by two check signs."""
    rest = _number(secret) * _BASE * _BASE % _PRIME
    high, low = divmod((_PRIME - rest) % _PRIME, _BASE)
    return VoucherCode(secret + ALPHABET[high] + ALPHABET[low])


def read_code(text: str, signs: int = CODE_SIGNS) -> VoucherCode | None:
    """Read a code as people type it: blanks, hyphens and small letters do not matter; None when it can be none."""
    plain = _BETWEEN.sub("", text).upper().translate(_MEANT)
    if len(plain) != signs or any(sign not in ALPHABET for sign in plain):
        return None
    return VoucherCode(plain) if _number(plain) % _PRIME == 0 else None


def in_groups(code: VoucherCode) -> str:
    """Return the form for paper and screen: groups of four."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def code_hash(code: VoucherCode) -> str:
    """Return what is stored of a code: it has enough random bits to need no salt."""
    return hashlib.sha256(f"voucher {code}".encode()).hexdigest()


def token_hash(token: str) -> str:
    """Return what is stored of the token of a pay link."""
    return hashlib.sha256(f"pay link {token}".encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class CodeMaker:
    """Makes codes out of a secret of the house, so that none has to be stored to be printed or told again.

    ``key``: at least 32 random bytes, kept apart from the database; whoever has only one of the two learns no code.
    """

    key: bytes = field(repr=False)

    def voucher(self, voucher_id: bytes, salt: bytes) -> VoucherCode:
        """Return the code of a voucher. ``salt``: random, stored with it: a client that makes ids cannot steer it."""
        return with_check_signs(self._signs(b"voucher", voucher_id + salt, SECRET_SIGNS))

    def token(self, link_id: bytes, salt: bytes) -> str:
        """Return the token in the address of a pay link: 130 bits, small letters and digits."""
        return self._signs(b"pay link", link_id + salt, 26).lower()

    def _signs(self, purpose: bytes, name: bytes, count: int) -> str:
        digest = int.from_bytes(hmac.new(self.key, purpose + b"\0" + name, hashlib.sha256).digest(), "big")
        return "".join(ALPHABET[(digest >> 5 * place) % _BASE] for place in range(count))


def till_code(noise: int) -> VoucherCode:
    """Return a code to be typed at a till. ``noise``: at least 30 random bits."""
    secret = TILL_SIGNS - 2
    return with_check_signs("".join(ALPHABET[(noise >> 5 * place) % _BASE] for place in range(secret)))


def _number(signs: str) -> int:
    value = 0
    for sign in signs:
        value = value * _BASE + ALPHABET.index(sign)
    return value
