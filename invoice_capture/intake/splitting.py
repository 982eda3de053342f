"""Which pages of a file belong to one invoice.

Conservative: pages stay together unless something printed on them says that another document begins. Taking one
invoice for two hides its total; leaving two together shows a number that does not fit, and a person sees it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from invoice_capture.model import Page

_PAGE_WORD = r"(?:page|seite|pagina|página|sida|side|strona|sivu|strana|blatt|feuille|pág|pag|p)"
_OF_WORD = r"(?:/|\b(?:of|von|de|di|van|av|af|z|ze|sur|do)\b)"
_PAGE_OF = re.compile(rf"\b{_PAGE_WORD}\b\.?\s*:?\s*(\d{{1,3}})\s*{_OF_WORD}\s*(\d{{1,3}})\b", re.IGNORECASE)
_PAGE_ALONE = re.compile(r"^\s*-?\s*(\d{1,3})\s*(?:/|of|von|de|di|van|sur)\s*(\d{1,3})\s*-?\s*$", re.IGNORECASE)
_NUMBER_LABEL = re.compile(
    r"\b(?:invoice|credit\s+note|tax\s+invoice|bill|rechnung|rechnungs|gutschrift|gutschrifts|facture|avoir|fattura"
    r"|factura|factuur|fatura|faktura|faktuur|lasku|laskun|faktury)[\s-]*"
    r"(?:number|numero|número|numéro|nummer|numer|nr|no|n°|nº|num|id|#)[.°º]?\s*[:#]?\s*([A-Za-z0-9][\w./-]{2,30})",
    re.IGNORECASE,
)
_HAS_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class _Signs:
    """What a page says of its place. ``number``: printed page number, 0 when none; ``count``: pages it names."""

    number: int
    count: int
    invoice: str


def parts_of(pages: Sequence[Page]) -> tuple[tuple[Page, ...], ...]:
    """Return the pages of each document of a file, in their order; no page is lost."""
    if not pages:
        return ()
    parts: list[list[Page]] = [[pages[0]]]
    before = _signs_of(pages[0])
    for page in pages[1:]:
        signs = _signs_of(page)
        if _begins_another(before, signs):
            parts.append([page])
            before = signs
        else:
            parts[-1].append(page)
            before = _Signs(signs.number, signs.count or before.count, signs.invoice or before.invoice)
    return tuple(tuple(part) for part in parts)


def _begins_another(before: _Signs, signs: _Signs) -> bool:
    """Whether a page begins another document than the one whose signs were seen ``before``."""
    if signs.number > 1:
        # It says itself that it goes on; only another document's number speaks against it.
        return bool(signs.invoice and before.invoice and signs.invoice != before.invoice)
    if signs.invoice and before.invoice:
        return signs.invoice != before.invoice
    # The first page again, after a document that had page numbers or after none: it begins anew.
    return signs.number == 1 and before.number >= 1


def _signs_of(page: Page) -> _Signs:
    number = count = 0
    invoice = ""
    for line in page.lines:
        text = line.text
        found = _PAGE_OF.search(text) or _PAGE_ALONE.match(text)
        if found is not None and not number and 0 < int(found[1]) <= int(found[2]):
            number, count = int(found[1]), int(found[2])
        if not invoice and (label := _NUMBER_LABEL.search(text)) is not None and _HAS_DIGIT.search(label[1]):
            invoice = label[1].strip(".-/").upper()
    return _Signs(number, count, invoice)
