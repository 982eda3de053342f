"""Which passwords and PINs are accepted: long, not common, not about the person (PCI DSS 8.3.6, OWASP ASVS 6.2).

There are no composition rules: they make passwords worse. A password is never cut.
"""

import re
from itertools import pairwise

from gateway.domain.errors import InputError

PASSWORD_MIN = 12
PASSWORD_MAX = 256
PIN_MIN = 4
PIN_MAX = 8

_WORDS = frozenset(
    re.findall(
        "[a-z]+",
        """
        password passwort passwd letmein welcome willkommen iloveyou sunshine princess football baseball superman batman
        dragon monkey shadow master admin administrator root login access trustno qwertz qwerty azerty changeme change
        default secret geheim hallo hello test testing tester demo cashier kasse kassierer manager store shop laden
        tillbridge terminal payment zahlung sommer winter herbst summer autumn spring fruehling germany deutschland
        berlin bayern schalke dortmund starwars pokemon computer internet whatever freedom liverpool chelsea arsenal
        michael jordan jennifer jessica charlie thomas daniel andreas schatz liebe love correct horse battery staple
        """,
    )
)
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "1q2w3e4r5t6z7u8i9o0p",
)
_LEET = str.maketrans("0134578@$!", "oieastbasi")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_FREE_SIGNS_MIN = 6
"""So many signs must be left when common words and the person's own names are taken out."""
_RUN_MIN = 4
_NAME_MIN = 4


def check_password(password: str, *, login: str, name: str, shop: str) -> None:
    """Accept or refuse a new password.

    Args:
        password: what the person chose, uncut.
        login: their login; must not make up the password, nor must their name or the shop's.
        name: the person's name.
        shop: the shop's name.

    Raises:
        InputError: ``password_too_short``, ``password_too_long`` or ``password_too_common``.
    """
    if len(password) < PASSWORD_MIN:
        hint = f"Take at least {PASSWORD_MIN} characters, such as four words of your own."
        raise InputError("password_too_short", "The password is too short.", hint, "/new_password")
    if len(password) > PASSWORD_MAX:
        hint = f"Take at most {PASSWORD_MAX} characters."
        raise InputError("password_too_long", "The password is too long.", hint, "/new_password")
    if _own_signs(password, (login, name, shop)) < _FREE_SIGNS_MIN:
        hint = (
            "Take words that do not belong together; not your name, the shop's, a row of keys, or a repeated pattern."
        )
        raise InputError("password_too_common", "The password is easy to guess.", hint, "/new_password")


def check_pin(pin: str) -> None:
    """Accept or refuse a new PIN for quick unlocking.

    Raises:
        InputError: ``invalid_pin`` when it is not 4 to 8 digits, ``pin_too_common`` for rows and repeats.
    """
    if not (pin.isascii() and pin.isdigit() and PIN_MIN <= len(pin) <= PIN_MAX):
        hint = f"Take {PIN_MIN} to {PIN_MAX} digits."
        raise InputError("invalid_pin", "This is not a PIN.", hint, "/pin")
    steps = {(ord(after) - ord(before)) % 10 for before, after in pairwise(pin)}
    half = pin[: len(pin) // 2]
    if (len(steps) == 1 and steps <= {0, 1, 9}) or half * 2 == pin:
        raise InputError("pin_too_common", "This PIN is easy to guess.", "Avoid rows and repeats of digits.", "/pin")


def _own_signs(password: str, names: tuple[str, ...]) -> int:
    """Count the different signs left after common words, names, rows of keys and repeats are taken out."""
    rest = password.casefold()
    for part in _parts(names):
        rest = rest.replace(part, " ")
    spelled = rest.translate(_LEET)
    for word in sorted(_WORDS, key=len, reverse=True):
        # Both strings have the same length, so a word found in the plain spelling is blanked in the original.
        while (at := spelled.find(word)) >= 0:
            blank = " " * len(word)
            spelled = spelled[:at] + blank + spelled[at + len(word) :]
            rest = rest[:at] + blank + rest[at + len(word) :]
    rest = _without_runs(rest)
    rest = re.sub(r"(.+?)\1+", r"\1", rest)
    return len(set(rest) - set(" .,-_!?")) if rest.strip() else 0


def _parts(names: tuple[str, ...]) -> list[str]:
    spelled = {form for name in names for form in (name.casefold(), name.casefold().translate(_UMLAUTS))}
    words = {word for name in spelled for word in re.split(r"[\W_]+", name) if len(word) >= _NAME_MIN}
    return sorted(words, key=len, reverse=True)


def _without_runs(text: str) -> str:
    """Blank every row of at least four neighbouring keys or letters, forwards or backwards."""
    for run in _RUNS:
        for line in (run, run[::-1]):
            for size in range(len(line), _RUN_MIN - 1, -1):
                for start in range(len(line) - size + 1):
                    text = text.replace(line[start : start + size], " ")
    return text
