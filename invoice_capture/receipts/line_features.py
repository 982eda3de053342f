"""What the line model sees of a segment: its place, its shape, words of a general lexicon, and its neighbours.

No feature is a name: a word is only a feature of the model when it stands on receipts of many suppliers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from invoice_capture.receipts.segments import Segment

LEXICON: Mapping[str, tuple[str, ...]] = {
    "suffix": (
        "SDN", "BHD", "S/B", "LTD", "LIMITED", "INC", "PLT", "GMBH", "CORPORATION", "COMPANY", "BERHAD", "PTE",
    ),
    "trade": (
        "ENTERPRISE", "TRADING", "RESTORAN", "RESTAURANT", "MARKETING", "HARDWARE", "STATIONERY", "KEDAI", "MARKET",
        "MART", "CAFE", "KITCHEN", "BAKERY", "BAKERIES", "PHARMACY", "FARMASI", "STORE", "SHOP", "BOOK", "PERNIAGAAN",
        "SYARIKAT", "SUPERMARKET", "PASARAYA", "HOTEL", "STATION", "SERVICE", "SEAFOOD", "FOOD", "HOLDINGS", "MOTOR",
        "INDUSTRIES", "INTERNATIONAL", "CENTRE", "HOUSE", "CATERING", "CONFECTIONERY", "ELECTRICAL", "MACHINERY",
    ),
    "road": (
        "JALAN", "JLN", "LORONG", "LRG", "PERSIARAN", "LEBUH", "LEBUHRAYA", "TAMAN", "TMN", "BANDAR", "KAWASAN",
        "PERINDUSTRIAN", "SEKSYEN", "SECTION", "KAMPUNG", "BATU", "STREET", "ROAD", "AVENUE", "PLAZA", "MALL", "LOT",
        "FLOOR", "FLR", "GROUND", "LEVEL", "BLOCK", "BLOK", "UNIT", "PUSAT", "WISMA", "MENARA", "COMPLEX", "BUKIT",
        "INDUSTRIAL", "DESA", "BDR", "TINGKAT", "JAYA", "STRASSE", "RUE", "SUITE",
    ),
    "place": (
        "SELANGOR", "JOHOR", "KUALALUMPUR", "PENANG", "PULAUPINANG", "PERAK", "MELAKA", "NEGERISEMBILAN", "PAHANG",
        "KEDAH", "SABAH", "SARAWAK", "PUTRAJAYA", "SHAHALAM", "PETALING", "KLANG", "CHERAS", "BAHRU", "WILAYAH",
        "DARULEHSAN", "MALAYSIA", "KELANTAN", "TERENGGANU", "PERLIS", "LABUAN", "SINGAPORE",
    ),
    "contact": ("TEL", "FAX", "PHONE", "TELEPHONE", "EMAIL", "E-MAIL", "WWW", "HTTP", "HP", "HOTLINE", "MOBILE"),
    "register": ("GST", "REG", "SST", "ROC", "BRN", "ID", "REGNO", "CO.NO", "COMPANYNO", "LICENSE", "VAT", "CO.REG"),
    "paper": ("INVOICE", "RECEIPT", "BILL", "CASH", "SALES", "TAX", "SIMPLIFIED", "RESIT", "COPY", "ORDER", "DOCNO"),
    "when": ("DATE", "TIME", "TARIKH", "PRINTED"),
    "who": ("CASHIER", "SALESPERSON", "CUSTOMER", "MEMBER", "TABLE", "SERVER", "COUNTER", "POS", "TERMINAL", "STAFF"),
    "column": ("QTY", "ITEM", "DESCRIPTION", "AMOUNT", "PRICE", "U/P", "DESC", "DISC", "TOTAL", "SUBTOTAL"),
    "owner": ("OWNED", "OPERATED", "FORMERLY", "BRANCH", "OUTLET", "HQ", "CAWANGAN", "DIMILIKI"),
}  # fmt: skip
_SHORT = 4
"""Lexicon words up to this length must stand alone; longer ones are found in text whose blanks were not read too."""
_WORDS = {name: frozenset(words) for name, words in LEXICON.items()}
_LONG_WORDS = {
    name: re.compile("|".join(re.escape(word) for word in words if len(word) > _SHORT) or "(?!)")
    for name, words in LEXICON.items()
}
_TOKEN = re.compile(r"[A-Z&'/.-]+|\d+")
_POSTCODE = re.compile(r"(?<!\d)\d{5}(?!\d)")
_AMOUNT = re.compile(r"(?<!\d)\d{1,6}[.,]\d{2}(?!\d)")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}")
_PHONE = re.compile(r"\d{2,3}[- ]?\d{3,4}[- ]?\d{3,4}")
_REGISTRATION = re.compile(r"\(?\d{5,7}[- ]?[A-Z]\)?")
_STEPS = (0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9)
_FIRST_ROWS = 14


def features_of(segments: Sequence[Segment]) -> list[list[str]]:
    """Return the features of each segment, in their order."""
    own = [_own(segment) for segment in segments]
    shared = [[one for one in found if one.startswith(("lex:", "is:"))] for found in own]
    context = _context(segments, shared)
    result = []
    for place, features in enumerate(own):
        around: list[str] = []
        for step in (-2, -1, 1, 2):
            if 0 <= place + step < len(segments):
                around.extend(f"{step}|{one}" for one in shared[place + step])
                if abs(step) == 1 and segments[place + step].row == segments[place].row:
                    around.append(f"{step}|same_row")
            else:
                around.append(f"{step}|edge")
        result.append([*features, *around, *context[place]])
    return result


def words_of(text: str) -> list[str]:
    """Return the words and numbers of a text, in capitals."""
    return _TOKEN.findall(text.upper())


def classes_of(text: str) -> set[str]:
    """Return the classes of the lexicon of which a word stands in the text, also in text without blanks."""
    upper = text.upper()
    tokens, bare = {word.strip(".-'") for word in words_of(upper)}, "".join(upper.split())
    return {name for name, words in _WORDS.items() if not words.isdisjoint(tokens) or _LONG_WORDS[name].search(bare)}


def _own(segment: Segment) -> list[str]:
    text = segment.text.upper()
    letters, digits = sum(char.isalpha() for char in text), sum(char.isdigit() for char in text)
    found = ["bias"]
    found.extend(f"lex:{name}" for name in sorted(classes_of(text)))
    found.extend(f"w:{word}" for word in words_of(text) if word.isalpha() and len(word) > 1)
    checks = {
        "postcode": bool(_POSTCODE.search(text)),
        "amount": bool(_AMOUNT.search(text)),
        "date": bool(_DATE.search(text)),
        "phone": bool(_PHONE.search(text)) and digits > letters / 2,
        "registration": bool(_REGISTRATION.search(text)),
        "bracketed": text.startswith("(") and text.endswith(")"),
        "comma_end": text.endswith((",", ";")),
        "point_end": text.endswith("."),
        "colon": ":" in text,
        "digit_start": text[:1].isdigit(),
        "no_start": bool(re.match(r"(NO|LOT|UNIT|SUITE|GROUND|G|BLOCK|#)[\s.:,-]*\d|LOT", text)),
        "commas": text.count(",") > 1,
        "letters_only": digits == 0 and letters > 2,
        "no_letters": letters == 0,
        "and": "&" in text,
        "at": "@" in text or "WWW" in text or ".COM" in text,
        "short": len(text) < 4,
        "long": len(text) > 28,
        "mixed_case": segment.text not in (text, segment.text.lower()) and letters > 3,
    }
    found.extend(f"is:{name}" for name, yes in checks.items() if yes)
    found.append(f"digits:{_step(digits / max(letters + digits, 1))}")
    found.append(f"row:{min(segment.row, _FIRST_ROWS)}")
    found.append(f"down:{_step(segment.down)}")
    found.append(f"across:{_step(segment.across)}")
    found.append(f"width:{_step(segment.width)}")
    found.append(f"tall:{_step((segment.tall - 0.5) / 2)}")
    found.append(f"centre:{_step(abs(segment.across + segment.width / 2 - 0.5) * 2)}")
    found.append(f"words:{min(len(text.split()), 7)}")
    return found


def _context(segments: Sequence[Segment], shared: Sequence[Sequence[str]]) -> list[list[str]]:
    """What stands above a segment, as far back as the head of the receipt."""
    seen: set[str] = set()
    found = []
    first_names = 0
    for segment, own in zip(segments, shared, strict=True):
        above = [f"above:{name}" for name in sorted(seen)]
        above.append(f"names_above:{min(first_names, 4)}")
        found.append(above)
        for name in own:
            if name in _REMEMBERED:
                seen.add(name)
        if any(one in {"lex:suffix", "lex:trade"} for one in own) and segment.down < 0.5:
            first_names += 1
    return found


_REMEMBERED = frozenset(
    {"lex:suffix", "lex:trade", "lex:road", "lex:contact", "lex:register", "lex:paper", "lex:when", "lex:column"}
    | {"is:postcode", "is:amount", "is:date", "is:registration"}
)


def _step(value: float) -> int:
    return sum(value > step for step in _STEPS)
