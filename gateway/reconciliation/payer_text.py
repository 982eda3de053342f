"""What the payer wrote, without what banks put around it: field marks, their own references, traces.

A number that a bank made is no reference of a document, and must not speak against one. The forms are those of the
SWIFT and German MT940 sub-fields (?20 to ?29, ?60 to ?63), the SEPA marks (EREF+, KREF+, ...), the tags of structured
field 86 (/ROC/, /REMI/, ...) and the addenda of American clearing (TRACE#:, SEC:).
"""

import re

_FIELD = re.compile(r"\?(?:2\d|3\d|6[0-3])")
_SEPA = re.compile(
    r"(?:(?:KREF|MREF|CRED|DEBT|COAM|OAMT|PURP|BIC|IBAN)\+\s*\S*|EREF\+\s*(?:NOTPROVIDED|NONREF)|(?:EREF|SVWZ|ABWA|ABWE)\+)",
    re.IGNORECASE,
)
_TAGGED = re.compile(r"/(?:(?:ROC|TRCD|PREF|IREF|KREF|MARF|CSID|IBAN|BIC)/[^/]*|REMI|EREF|RFB|INV|BENM|NAME)(?=/)")
_CLEARING = re.compile(
    r"\b(?:TRACE ?(?:#|NO)|ORIG ID|CO ID|IND ID|DESC DATE|EED|SEC|CO ENTRY DESCR)\s*:\s*\S+", re.IGNORECASE
)


def payer_text(text: str) -> str:
    """Return the text as its payer wrote it; the same text when no form of a bank is known in it."""
    if "?2" in text:
        text = _FIELD.sub(" ", text)
    if "+" in text:
        text = _SEPA.sub(" ", text)
    if text.startswith("/") or "//" in text:
        text = _TAGGED.sub(" ", text)
    if ":" in text:
        text = _CLEARING.sub(" ", text)
    return text
