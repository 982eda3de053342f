"""Is it the same invoice again? Keys that survive how people write, and signs with their reasons.

Hard: same supplier, same number, same total. Soft signs are shown and block nothing.
"""

import re
import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.documents.invoice import InvoiceKeys, InvoiceSummary

NEAR_DAYS = 31
"""Equal amounts of one supplier within so many days are worth a look; rents and subscriptions lie further apart."""

_NO_SIGN = re.compile(r"[\W_]+")
_PREFIX = re.compile(r"^(?:INVOICE|RECHNUNG|FACTURE|FATTURA|FACTUUR|FAKTURA|INV|RECH|RG|RE|NR|NO|FA|FV|BILL)(?=[0-9])")
_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")
_LEGAL_FORM = re.compile(
    r"ab|ag|asa?|bvb?a?|cie|co|company|corp(?:oration)?|e[gku]|gbr|gesmbh|gmbh|inc|kga?a?|kft|limited|ll[cp]|ltd|lp|mbh"
    r"|nv|oe|ohg|og|oyj?|plc|pty|s[aceu]|sarl|sas|scs|slu?|snc|spa|sp|srls?|sro|ug|vof|zoo|und|and|et|y|e"
)
_CONFUSED = str.maketrans("OQILSBZ", "0011582")


class Strength(StrEnum):
    """How much a sign says."""

    HARD = "hard"
    SOFT = "soft"


class Sign(StrEnum):
    """Why an invoice may be there already."""

    SAME_NUMBER_AND_TOTAL = "same_number_and_total"
    SAME_TOTAL_NEAR_DATE = "same_total_near_date"
    SAME_NUMBER_OTHER_TOTAL = "same_number_other_total"
    SIMILAR_NUMBER_SAME_TOTAL = "similar_number_same_total"
    SAME_FILE = "same_file"


@dataclass(frozen=True, slots=True)
class Duplicate:
    """One other invoice, or arrival of the same file, with what speaks for it."""

    other_id: uuid.UUID
    strength: Strength
    sign: Sign
    values: Mapping[str, str]


def number_key(number: str) -> str:
    """Return an invoice number as duplicates are found by it: upper case, no blanks or `-_/.`, no `INV`, no zeros."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", number).upper())
    parts = _NO_SIGN.split(plain)
    joined = "".join(_ZEROS.sub("", part) for part in parts)
    short = _PREFIX.sub("", joined)
    return _ZEROS.sub("", short) or joined


def name_key(name: str) -> str:
    """Return a company name as duplicates are found by it: letters and digits without marks and legal forms."""
    decomposed = unicodedata.normalize("NFKD", name.replace("ß", "ss").replace("&", " ")).casefold()
    plain = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    words = re.sub(r"[^\w\s]", "", plain).replace("_", " ").split()
    kept = [word for word in words if _LEGAL_FORM.fullmatch(word) is None]
    return "".join(kept or words)[:120]


def same_supplier(one: InvoiceKeys, other: InvoiceKeys) -> bool:
    """Return whether both come from one supplier: by VAT id, else by IBAN, else by name."""
    pairs = ((one.vat_id, other.vat_id), (one.iban, other.iban), (one.name, other.name))
    return any(mine and mine == theirs for mine, theirs in pairs)


def sign_between(one: InvoiceSummary, other: InvoiceSummary) -> tuple[Strength, Sign] | None:
    """Return the strongest sign that both are the same invoice, None without one."""
    mine, theirs = one.keys, other.keys
    if not same_supplier(mine, theirs):
        return None
    same_total = one.total is not None and one.total == other.total
    if mine.number and mine.number == theirs.number:
        if same_total:
            return Strength.HARD, Sign.SAME_NUMBER_AND_TOTAL
        return Strength.SOFT, Sign.SAME_NUMBER_OTHER_TOTAL
    if not same_total:
        return None
    if mine.number and mine.number.translate(_CONFUSED) == theirs.number.translate(_CONFUSED):
        return Strength.SOFT, Sign.SIMILAR_NUMBER_SAME_TOTAL
    near = one.issued_on and other.issued_on and abs((one.issued_on - other.issued_on).days) <= NEAR_DAYS
    return (Strength.SOFT, Sign.SAME_TOTAL_NEAR_DATE) if near else None
