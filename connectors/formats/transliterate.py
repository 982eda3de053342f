"""Texts as they go to a bank: every letter the bank does not take is spelled out as its language does.

Dropping marks would change names (``Müller`` is ``Mueller`` in German, ``Muller`` in Turkish, and a check of the
payee's name compares letters), so each language has its table. Identifiers are never changed here: rules refuse them.
Sources: EPC217-08 (best practices for characters), DIN 5007-2, ELOT 743 for Greek, passport spellings for Cyrillic.
"""

import re
import unicodedata
from functools import lru_cache

from connectors.formats.bank_profiles import Characters

UNWRITABLE = "?"
"""Stands for what no table spells out; rules refuse a text with such a character before a file is written."""

_STRANGE = {
    Characters.SEPA: re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]"),
    Characters.LATIN: re.compile(r"[^\x20-\x7e\xa0-\xac\xae-\u017f€ȘșȚț]"),
}
"""What a bank does not take. The soft hyphen is a control character to its schema."""

_AND = {
    "bg": "i", "bs": "i", "ca": "i", "cs": "a", "da": "og", "de": "und", "el": "kai", "en": "and", "es": "y",
    "et": "ja", "fi": "ja", "fr": "et", "hr": "i", "hu": "es", "it": "e", "lt": "ir",
    "lv": "un", "mk": "i", "nb": "og", "nl": "en",
    "nn": "og", "no": "og", "pl": "i", "pt": "e", "ro": "si", "ru": "i", "sk": "a", "sl": "in", "sq": "dhe", "sr": "i",
    "sv": "och", "tr": "ve", "uk": "ta",
}  # fmt: skip

_GERMAN = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}
_NORSE = {"å": "aa", "ø": "oe", "æ": "ae", "ä": "ae", "ö": "oe"}
_SWEDISH = {"å": "aa", "ä": "ae", "ö": "oe"}
_RUSSIAN = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh shch ie y - e iu ia".split(),  # noqa: SIM905
        strict=True,
    )
) | {"ь": ""}
_UKRAINIAN = _RUSSIAN | {"г": "h", "ґ": "g", "є": "ie", "и": "y", "і": "i", "ї": "i", "й": "i", "х": "kh", "щ": "shch"}
_BULGARIAN = _RUSSIAN | {"й": "y", "х": "h", "щ": "sht", "ъ": "a", "ь": "y", "ю": "yu", "я": "ya"}
_SERBIAN = _RUSSIAN | {
    "ђ": "dj", "ж": "z", "ј": "j", "љ": "lj", "њ": "nj", "ћ": "c", "х": "h", "ц": "c", "ч": "c", "џ": "dz", "ш": "s",
}  # fmt: skip
_MACEDONIAN = _SERBIAN | {"ѓ": "gj", "ѕ": "dz", "ќ": "kj", "ж": "zh", "ч": "ch", "џ": "dzh", "ш": "sh"}
_LANGUAGES: dict[str, dict[str, str]] = {
    "bg": _BULGARIAN,
    "da": _NORSE,
    "de": _GERMAN,
    "et": {"ä": "ae", "ö": "oe", "ü": "ue", "õ": "o"},
    "fi": _SWEDISH,
    "is": {"þ": "th", "ð": "d", "æ": "ae", "ö": "o"},
    "lb": _GERMAN,
    "mk": _MACEDONIAN,
    "nb": _NORSE,
    "nn": _NORSE,
    "no": _NORSE,
    "ru": _RUSSIAN,
    "sr": _SERBIAN,
    "sv": _SWEDISH,
    "uk": _UKRAINIAN,
}

# What holds in every language that has no table of its own for the letter.
_GREEK = dict(
    zip(
        "αβγδεζηθικλμνξοπρσςτυφχψω",
        "a v g d e z i th i k l m n x o p r s s t y f ch ps o".split(),  # noqa: SIM905
        strict=True,
    )
)
# The second letter is spelled by the first: "ου" is "ou", "ευ" is "ev".
_GREEK_SECOND = {"ου": "u", "ού": "u", "αυ": "v", "αύ": "v", "ευ": "v", "εύ": "v"}
_GREEK_NASAL = frozenset({"γγ", "γξ", "γχ"})
_ANY = (
    _MACEDONIAN
    | _SERBIAN
    | _UKRAINIAN
    | _RUSSIAN
    | _GREEK
    | {
        "æ": "ae", "œ": "oe", "ø": "o", "ß": "ss", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h", "ŧ": "t",
        "ŋ": "n", "ĸ": "k", "ı": "i", "ĳ": "ij", "ŀ": "l", "ŉ": "n", "ə": "e", "ў": "u",
    }
)  # fmt: skip
_SIGNS = {
    "!": ".", '"': "'", "#": ".", "$": "USD", "%": ".", "*": ".", ";": ",", "<": "(", "=": "-", ">": ")", "@": "(at)",
    "[": "(", "]": ")", "\\": "/", "^": ".", "_": "-", "`": "'", "{": "(", "}": ")", "|": "/", "~": "-", "€": "EUR",
    "£": "GBP", "¥": "JPY", "‘": "'", "’": "'", "‚": "'", "“": "'", "”": "'", "„": "'", "«": "'", "»": "'", "´": "'",
    "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-", "•": "-", "·": ".", "…": "...", "№": "No", "§": "par.", "°": ".",
    "©": "(c)", "®": "(r)", "™": "(tm)", "×": "x", "÷": ":", "¿": "?", "¡": ".", "º": "o", "ª": "a", "½": "1/2",
    "¼": "1/4", "¾": "3/4", "µ": "u", "\u00ad": "", "\u200b": "", "\u200e": "", "\u200f": "", "\ufeff": "",
}  # fmt: skip

_COUNTRY_LANGUAGES = {
    "AT": "de", "BG": "bg", "CH": "de", "CY": "el", "CZ": "cs", "DE": "de", "DK": "da", "EE": "et", "ES": "es",
    "FI": "fi", "FR": "fr", "GR": "el", "HR": "hr", "HU": "hu", "IS": "is", "IT": "it", "LI": "de", "LT": "lt",
    "LU": "lb", "LV": "lv", "MK": "mk", "NL": "nl", "NO": "nb", "PL": "pl", "PT": "pt", "RO": "ro", "RS": "sr",
    "RU": "ru", "SE": "sv", "SI": "sl", "SK": "sk", "TR": "tr", "UA": "uk",
}  # fmt: skip


def transliterate(text: str, language: str, characters: Characters) -> str:
    """Return a text in the bank's characters, blanks tidied; :data:`UNWRITABLE` for what cannot be spelled out.

    Args:
        text: as people wrote it.
        language: two letters; decides how letters and ``&`` are spelled.
        characters: what the bank takes.
    """
    return written(text, language, characters)[0]


def unwritable(text: str, language: str, characters: Characters) -> str:
    """Return the characters of a text that no table spells out, each once, in their order."""
    return written(text, language, characters)[1]


# Names and texts repeat: each is spelled for its rule, for its file, and again when the file is written again.
@lru_cache(maxsize=50_000)
def written(text: str, language: str, characters: Characters) -> tuple[str, str]:
    """Return the text as :func:`transliterate` gives it, and what :func:`unwritable` finds in it."""
    strange = _STRANGE[characters]
    if not strange.search(text):
        return " ".join(text.split()), ""
    plain = unicodedata.normalize("NFC", text)
    short = language[:2].lower()
    table = _LANGUAGES.get(short, {})
    unknown: list[str] = []

    def spelled(found: re.Match[str]) -> str:
        sign, start = found[0], found.start()
        before = plain[start - 1] if start else " "
        after = plain[start + 1] if start + 1 < len(plain) else " "
        if sign == "&":
            # "R&D" stays short; between words the language's own word is what a reader expects.
            return _AND.get(short, "+") if before.isspace() and after.isspace() else "+"
        if sign.isspace():
            return " "
        spelling = _spelled(sign, before, after, table, strange)
        if spelling is None:
            unknown.append(sign)
            return UNWRITABLE
        return spelling

    return " ".join(strange.sub(spelled, plain).split()), "".join(dict.fromkeys(unknown))


def _spelled(sign: str, before: str, after: str, table: dict[str, str], strange: re.Pattern[str]) -> str | None:
    """Spell one character, None where no table has it; its neighbours decide about capitals and Greek pairs."""
    small = sign.lower()
    found = _GREEK_SECOND.get((before + sign).lower())
    if (sign + after).lower() in _GREEK_NASAL:
        found = "n"
    if found is None:
        found = table.get(small, _ANY.get(small, _SIGNS.get(sign)))
    if found is None:
        found = _without_marks(small, table, strange)
    if found is None:
        return None
    if sign == small:
        return found
    # "ÄRZTE" becomes "AERZTE", "Ärzte" becomes "Aerzte".
    return found.upper() if after.isupper() or (before.isupper() and not after.islower()) else found.capitalize()


def _without_marks(small: str, table: dict[str, str], strange: re.Pattern[str]) -> str | None:
    """Return the letters below the marks, None where nothing of a known alphabet is left."""
    written = ""
    for part in unicodedata.normalize("NFKD", small):
        if unicodedata.combining(part):
            continue
        known = table.get(part, _ANY.get(part, _SIGNS.get(part)))
        if not strange.match(part):
            written += part
        elif known is not None:
            written += known
        else:
            return None
    return written or None


def language_of(country: str) -> str:
    """Return the language in which names of a country are spelled, English where none is known."""
    return _COUNTRY_LANGUAGES.get(country, "en")
