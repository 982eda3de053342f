"""Reads what banks write about a payment into MT940 (``:86:``, ``:NS:``): numbered fields, words, slashes, text."""

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

from connectors.statements.amounts import AmountError, table_amount
from connectors.statements.statement import PaymentFacts
from gateway.domain.bank.iban import check_iban
from gateway.domain.errors import InputError
from gateway.domain.money import Currency, Money

_NUMBERED = re.compile(r"\s?(?P<code>[0-9]{3})(?P<mark>[?<>~^!@#$%&*|])(?=[0-9]{2})")
_WORDS = "EREF|KREF|MREF|CRED|DEBT|BREF|RREF|RETN|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC|PURP|ANAM|MTLG"
_WORD = re.compile(rf"(?P<word>{_WORDS})(?:\+|(?<=MTLG):) ?")
_WORD_WITH_COLON = re.compile(rf"(?<![A-Z0-9])(?P<word>{_WORDS}): ?")
_SLASHED = (
    "EREF|PREF|KREF|MREF|MARF|CSID|RTRN|CNTP|REMI|BENM|ORDP|ISDT|NAME|ADDR|IBAN|BIC|TRCD|PURP|ULTB|ULTD|ULTC|SVCL|TRTP|"
    "IREF|RREF|CRED|CHGS|OCMT|EXCH|ACCW|ACCT|SUM|ID|TR|UCRD|CBIC|TRAN|PTY"
)
_SLASH = re.compile(rf"/(?P<word>{_SLASHED})/")
_TEXTS = frozenset({"SVWZ", "ABWA", "ABWE", "ANAM", "RETN", "MTLG"})
_FULL_PART, _FULL_LINE = 26, 64
"""Lengths from which the next part goes on in the middle of a word (27 of a numbered field, 65 of a line)."""
_LABELLED = (
    re.compile(r"REK: (?P<account>[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30})/NAAM: (?P<name>.+)"),
    re.compile(r"Z RACH\.: *(?P<account>[0-9]{26}); OD: (?P<name>[^;]+)"),
    re.compile(r"AUFTRAGGEBER: (?P<name>.+?) [0-9]{6}(?:[A-Z]{2}|$)"),
)
_TOLD = ("TRCD", "ISDT", "ADDR", "CHGS", "EXCH", "OCMT", "SVCL", "TRTP")
_UNIT_SEPARATED = ("01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14")
_RETURN_CODES = frozenset({"108", "109", "111", "159", "181", "184"})
"""Business transaction codes (GVC) of returns, by the German banking industry."""
_RETURN_REASON = re.compile(r"[A-Z]{2}[0-9]{2}")


def read_details(lines: list[str], currency: Currency) -> tuple[PaymentFacts, str]:
    """Return what a ``:86:`` says, and the bank's code of the movement (GVC), or an empty one."""
    whole = _joined(lines)
    # Numbered fields count their signs, so that lines are put together as they are.
    dense = "".join(lines)
    numbered = _NUMBERED.match(dense)
    if numbered:
        code = numbered["code"]
        return _numbered(dense[numbered.end("mark") - 1 :], numbered["mark"], code, currency), code
    if _SLASH.search(dense) and dense.lstrip().startswith("/"):
        return _slashed(dense.strip()), ""
    if re.match(r"[A-Z]{4}\+", dense):
        return _by_words(PaymentFacts(), [whole], currency), ""
    return _free(whole), ""


def read_unstructured(lines: list[str]) -> PaymentFacts:
    """Return what a ``:NS:`` of lines with two-digit numbers says."""
    fields = _lines_by_number(lines)
    return PaymentFacts(
        counterparty=" ".join(fields[key] for key in ("15", "16") if fields.get(key)),
        account=fields.get("34", "") or fields.get("19", ""),
        bic=fields.get("33", ""),
        text=" ".join(fields[key] for key in _UNIT_SEPARATED if fields.get(key)),
        texts=tuple(fields[key] for key in ("17", "18", "20") if fields.get(key)),
    )


def _lines_by_number(lines: list[str]) -> Mapping[str, str]:
    fields: dict[str, str] = {}
    for line in lines:
        if line[:2].isdigit():
            fields[line[:2]] = f"{fields.get(line[:2], '')} {line[2:].strip()}".strip()
    return fields


def _joined(lines: list[str]) -> str:
    """Return lines as one text: a full line goes on in the middle of a word."""
    whole = ""
    for index, line in enumerate(lines):
        whole += line if not index or len(lines[index - 1]) >= _FULL_LINE else f" {line.strip()}"
    return " ".join(whole.split())


def _numbered(text: str, mark: str, code: str, currency: Currency) -> PaymentFacts:
    """Read fields such as ``?20`` to ``?29``, ``?60`` (purpose), ``?30`` to ``?33`` (other side)."""
    parts: dict[str, str] = {}
    purpose: list[str] = []
    for number, value in re.findall(rf"{re.escape(mark)}([0-9]{{2}})(.*?)(?={re.escape(mark)}[0-9]{{2}}|$)", text):
        if number[0] == "2" or number in {"60", "61", "62", "63"}:
            purpose.append(value)
        else:
            parts[number] = parts.get(number, "") + value
    reason = parts.get("34", "").strip()
    name = _put_together([parts.get("32", ""), parts.get("33", "")])
    facts = PaymentFacts(
        counterparty=name,
        account=(parts.get("38", "") or parts.get("31", "")).replace(" ", ""),
        bic=parts.get("30", "").strip(),
        texts=tuple(parts[key].strip() for key in ("00", "10", "70", "71") if parts.get(key, "").strip()),
        is_return=code in _RETURN_CODES,
        return_reason=reason if code in _RETURN_CODES else "",
        bank_code=code,
    )
    return _by_words(facts, purpose, currency)


def _put_together(parts: list[str]) -> str:
    whole = last = ""
    for part in parts:
        # A part of full length was cut; blanks at its end may have been lost with it.
        whole += part if not whole or len(last) >= _FULL_PART else f" {part}"
        last = part
    return " ".join(whole.split())


def _by_words(facts: PaymentFacts, parts: list[str], currency: Currency) -> PaymentFacts:
    """Read words such as ``EREF+``, which may be cut in two; what is before the first of them is text."""
    whole = "".join(parts)
    words = list(_WORD.finditer(whole)) or list(_WORD_WITH_COLON.finditer(whole))
    if not words:
        return replace(facts, text=_put_together(parts))
    cuts, place = [], 0
    for part in parts:
        place += len(part)
        cuts.append(place)
    found: dict[str, str] = {}
    for index, word in enumerate(words):
        end = words[index + 1].start() if index + 1 < len(words) else len(whole)
        found.setdefault(
            word["word"], _value(word["word"], _pieces(whole, word.start(), end, cuts), word.end() - word.start())
        )
    before = _pieces(whole, 0, words[0].start(), cuts)
    told = found.get("RETN", "") or found.get("MTLG", "")
    return replace(
        facts,
        end_to_end_id=found.get("EREF", ""),
        message_id=found.get("KREF", ""),
        mandate_id=found.get("MREF", ""),
        party_id=found.get("CRED", "") or found.get("DEBT", ""),
        bank_ref=found.get("BREF", ""),
        return_reason=_reason(found.get("RETN", "")) or facts.return_reason,
        return_text=told if facts.is_return or "RETN" in found else "",
        original=_ordered(found.get("OAMT", ""), currency),
        charges=_charges(found.get("COAM", ""), currency),
        purpose=found.get("PURP", ""),
        account=facts.account or found.get("IBAN", ""),
        bic=facts.bic or found.get("BIC", ""),
        ultimate=found.get("ABWA", "") or found.get("ABWE", ""),
        text=" ".join(piece for piece in (_put_together(before), found.get("SVWZ", "")) if piece),
        texts=facts.texts + tuple(found[key] for key in ("MTLG", "ANAM") if found.get(key)),
    )


def _pieces(whole: str, start: int, end: int, cuts: list[int]) -> list[str]:
    """Return a stretch of a text in the parts it came in."""
    places = [start, *[cut for cut in cuts if start < cut < end], end]
    return [whole[first:last] for first, last in pairwise(places)]


def _value(key: str, parts: list[str], word: int) -> str:
    """Return the value of a word of so many signs: identifiers have no blanks between their parts, texts may have."""
    if key in _TEXTS:
        return _put_together(parts)[word:].strip() if len(parts[0]) >= word else "".join(parts)[word:].strip()
    return "".join(parts)[word:].strip()


def _reason(text: str) -> str:
    found = _RETURN_REASON.search(text)
    return found[0] if found else ""


def _ordered(text: str, currency: Currency) -> Money | None:
    try:
        return table_amount(text, currency, ",") if text else None
    except AmountError:
        return None


def _charges(text: str, currency: Currency) -> Money | None:
    """Return what a return costs (``COAM+``), below zero."""
    taken = _ordered(text, currency)
    return Money(-abs(taken.minor), currency) if taken is not None else None


def _slashed(text: str) -> PaymentFacts:
    """Read words between slashes, as Dutch and Belgian banks write them."""
    words = list(_SLASH.finditer(text))
    found: dict[str, str] = {}
    for index, word in enumerate(words):
        end = words[index + 1].start() if index + 1 < len(words) else len(text)
        value = text[word.end() : end]
        found.setdefault(word["word"], value if word["word"] in {"REMI", "CNTP"} else value.strip("/ "))
    account, bic, name, *_ = [*found.get("CNTP", "").split("/"), "", "", ""]
    remittance, references = _remittance(found.get("REMI", ""))
    told = tuple(f"{key} {found[key]}" for key in _TOLD if found.get(key))
    return PaymentFacts(
        end_to_end_id=found.get("EREF", ""),
        batch_id=found.get("PREF", ""),
        message_id=found.get("KREF", ""),
        mandate_id=found.get("MARF", "") or found.get("MREF", ""),
        party_id=found.get("CSID", "") or found.get("CRED", ""),
        bank_ref=found.get("IREF", "") or found.get("RREF", ""),
        counterparty=" ".join((name.strip() or found.get("NAME", "")).split()),
        account=account.strip() or found.get("IBAN", ""),
        bic=bic.strip() or found.get("BIC", ""),
        ultimate=found.get("ULTB", "") or found.get("ULTD", "") or found.get("ULTC", ""),
        purpose=found.get("PURP", ""),
        return_reason=found.get("RTRN", ""),
        is_return="RTRN" in found,
        references=references,
        text=remittance,
        texts=told,
    )


def _remittance(text: str) -> tuple[str, tuple[str, ...]]:
    """Return free text and structured references of ``/REMI/``: ``USTD//text/`` or ``STRD/CUR/reference/``."""
    plain = text.rstrip("/ ")
    if plain.startswith("STRD/"):
        kind, _, reference = plain.removeprefix("STRD/").partition("/")
        return "", (reference or kind,)
    return " ".join(plain.removeprefix("USTD/").strip("/ ").split()), ()


def _free(text: str) -> PaymentFacts:
    for pattern in _LABELLED:
        found = pattern.search(text)
        if found:
            named = found.groupdict()
            return PaymentFacts(text=text, counterparty=named["name"].strip(), account=named.get("account") or "")
    accounts = [word for word in re.findall(r"\b[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}\b", text) if _is_iban(word)]
    return PaymentFacts(text=text, account=accounts[0] if len(accounts) == 1 else "")


def _is_iban(word: str) -> bool:
    try:
        check_iban(word)
    except InputError:
        return False
    return True
