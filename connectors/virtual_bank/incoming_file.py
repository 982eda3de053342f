"""Reads pain.001 files of any version as a bank does: by element names, and refuses what does not add up."""

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from gateway.domain.errors import InputError
from gateway.domain.money import Currency, Money

_ID = re.compile(r"[A-Za-z0-9+?/:().,' -]{1,35}")
FILE_BYTES_MAX = 64 * 1024 * 1024


class FileRefused(Exception):
    """The file is not one a bank takes. ``reason``: ISO 20022 code."""

    def __init__(self, reason: str, words: str) -> None:
        super().__init__(words)
        self.reason = reason
        self.words = words


@dataclass(frozen=True, slots=True)
class ReceivedPayment:
    """One payment as it came. ``block_id``: of its block; ``payee``: name; ``account``: IBAN or other number."""

    block_id: str
    end_to_end_id: str
    amount: Money
    execute_on: date
    payee: str
    account: str
    text: str


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file as it came. ``account``: of the payer; ``currency``: of that account as the file says, or empty."""

    message_id: str
    account: str
    payments: tuple[ReceivedPayment, ...]
    currency: str = ""


def read_file(content: bytes) -> ReceivedFile:
    """Read a payment file.

    Raises:
        FileRefused: it is broken, or its sums or ids are wrong.
    """
    root = _root(content)
    head = _one(root, "CstmrCdtTrfInitn/GrpHdr")
    message_id = _text(head, "MsgId")
    if _ID.fullmatch(message_id) is None:
        raise FileRefused("FF01", "The message id is not one.")
    payments: list[ReceivedPayment] = []
    account = currency = ""
    for block in _all(_one(root, "CstmrCdtTrfInitn"), "PmtInf"):
        account = _text(block, "DbtrAcct/Id/IBAN") or _text(block, "DbtrAcct/Id/Othr/Id")
        currency = _text(block, "DbtrAcct/Ccy")
        of_block = [_payment(block, one) for one in _all(block, "CdtTrfTxInf")]
        _check_sums(block, of_block)
        payments += of_block
    _check_sums(head, payments)
    if not payments:
        raise FileRefused("FF01", "The file has no payment.")
    names = [payment.end_to_end_id for payment in payments]
    if len(set(names)) != len(names):
        raise FileRefused("DU04", "An end-to-end id is used twice.")
    return ReceivedFile(message_id, account, tuple(payments), currency)


def _root(content: bytes) -> ET.Element:
    if len(content) > FILE_BYTES_MAX or b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise FileRefused("FF01", "The file is too large or has a document type.")
    try:
        root = ET.fromstring(content)  # noqa: S314  # no document type, so no entities; the size is bounded
    except ET.ParseError as error:
        raise FileRefused("FF01", "The file is not well-formed.") from error
    if _name(root) != "Document":
        raise FileRefused("FF01", "The file is no ISO 20022 document.")
    return root


def _payment(block: ET.Element, one: ET.Element) -> ReceivedPayment:
    amount = _find(one, "Amt/InstdAmt")
    if amount is None:
        raise FileRefused("AM02", "A payment has no amount.")
    try:
        currency = Currency.of(amount.get("Ccy", ""))
        money = Money.from_decimal((amount.text or "").strip(), currency)
        day = date.fromisoformat(_text(block, "ReqdExctnDt/Dt") or _text(block, "ReqdExctnDt"))
    except (InputError, ValueError) as error:
        raise FileRefused("FF01", "An amount or date is not one.") from error
    if money.minor <= 0:
        raise FileRefused("AM01", "An amount is not above zero.")
    end_to_end_id = _text(one, "PmtId/EndToEndId")
    if _ID.fullmatch(end_to_end_id) is None:
        raise FileRefused("FF01", "An end-to-end id is not one.")
    return ReceivedPayment(
        block_id=_text(block, "PmtInfId"),
        end_to_end_id=end_to_end_id,
        amount=money,
        execute_on=day,
        payee=_text(one, "Cdtr/Nm"),
        account=_text(one, "CdtrAcct/Id/IBAN") or _text(one, "CdtrAcct/Id/Othr/Id"),
        text=_text(one, "RmtInf/Ustrd") or _text(one, "RmtInf/Strd/CdtrRefInf/Ref"),
    )


def _check_sums(place: ET.Element, payments: list[ReceivedPayment]) -> None:
    number, total = _text(place, "NbOfTxs"), _text(place, "CtrlSum")
    if number and number != str(len(payments)):
        raise FileRefused("AM10", "The number of payments is wrong.")
    if not total:
        return
    try:
        told = Decimal(total)
    except InvalidOperation as error:
        raise FileRefused("AM10", "The control sum is not a number.") from error
    if told != sum((Decimal(payment.amount.to_decimal()) for payment in payments), Decimal(0)):
        raise FileRefused("AM10", "The control sum is wrong.")


def _name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _all(element: ET.Element, name: str) -> list[ET.Element]:
    return [child for child in element if _name(child) == name]


def _find(element: ET.Element, path: str) -> ET.Element | None:
    found: ET.Element | None = element
    for name in path.split("/"):
        found = next(iter(_all(found, name)), None) if found is not None else None
    return found


def _one(element: ET.Element, path: str) -> ET.Element:
    found = _find(element, path)
    if found is None:
        raise FileRefused("FF01", f"The file has no {path}.")
    return found


def _text(element: ET.Element, path: str) -> str:
    found = _find(element, path)
    return "" if found is None else (found.text or "").strip()
