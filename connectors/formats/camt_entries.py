"""Entries of account messages and the payments in them, of every version from 01 to 14."""

import re
from collections.abc import Iterable

from connectors.formats.camt_shapes import CamtDetail, CamtEntry
from connectors.formats.message_xml import Piece, unreadable
from connectors.formats.moments import read_date
from gateway.domain.currencies import CURRENCIES
from gateway.domain.money import Currency, Money

DEBIT = "DBIT"
_RETURN_FAMILIES = frozenset({"RRTN", "UPCT", "PRDD", "UPDD", "RPCR"})
"""Sub-families of returned or unpaid payments (ISO 20022 external bank transaction codes)."""

_AMOUNT = re.compile(r"(?P<sign>[+-]?)(?P<whole>[0-9]{1,15})(?:\.(?P<parts>[0-9]{0,17}))?")
_NOTHING = frozenset({"NOTPROVIDED", "NOTPROVIDED.", "NONREF", "NON REF"})


def read_amount(piece: Piece | None, direction: str) -> Money | None:
    """Return an amount with its currency, below zero for a debit; None where there is none.

    Raises:
        InputError: ``bank_message_unreadable``: no number, a currency that is not known, or parts of a cent.
    """
    if piece is None:
        return None
    code, found = piece.attributes.get("Ccy", ""), _AMOUNT.fullmatch(piece.text.strip())
    if code not in CURRENCIES:
        raise unreadable("an amount has no currency that is known")
    if found is None:
        raise unreadable("an amount is no number")
    currency = Currency.of(code)
    sign, whole, parts = found["sign"], found["whole"], found["parts"] or ""
    # Banks write more decimal places than a currency has; zeros mean nothing, anything else would be lost.
    if parts[currency.exponent :].strip("0"):
        raise unreadable("an amount has parts of the smallest unit")
    minor = int(f"{sign}{whole}{parts[: currency.exponent].ljust(currency.exponent, '0')}")
    return Money(-minor if direction == DEBIT else minor, currency)


def _ordered_amount(piece: Piece, direction: str) -> Money | None:
    """Return the amount as instructed; one in a currency of old only informs and stops no statement."""
    found = piece.first("AmtDtls/InstdAmt/Amt")
    if found is None or found.attributes.get("Ccy", "") not in CURRENCIES:
        return None
    return read_amount(found, direction)


def read_detail(piece: Piece, entry_direction: str) -> CamtDetail:
    """Read one ``TxDtls``. ``entry_direction``: of its entry, where it has none of its own."""
    direction = piece.words("CdtDbtInd") or entry_direction
    amount = read_amount(piece.first("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt"), direction)
    # Who is on the other side depends on the direction: a debit was paid to the creditor. A return turns it round.
    returned = piece.first("RtrInf") is not None
    other = ("Cdtr", "Dbtr") if (direction == DEBIT) != returned else ("Dbtr", "Cdtr")
    code = bank_code(piece)
    return CamtDetail(
        amount=amount,
        end_to_end_id=given(piece.words("Refs/EndToEndId")),
        instruction_id=given(piece.words("Refs/InstrId")),
        block_id=given(piece.words("Refs/PmtInfId")),
        message_id=given(piece.words("Refs/MsgId")),
        uetr=piece.words("Refs/UETR"),
        bank_ref=piece.words("Refs/AcctSvcrRef", "Refs/TxId"),
        mandate_id=given(piece.words("Refs/MndtId")),
        ordered=_ordered_amount(piece, direction),
        charges=read_charges(piece),
        is_return=returned or is_return_code(code),
        reason_code=piece.words("RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry"),
        reason_text=" ".join(info.text.strip() for info in piece.all("RtrInf/AddtlInf")),
        counterparty=_party(piece, other),
        counterparty_account=_party_account(piece, other),
        text=" ".join(line.text.strip() for line in piece.all("RmtInf/Ustrd")) or piece.words("AddtlTxInf"),
        references=tuple(found.text.strip() for found in piece.all("RmtInf/Strd/CdtrRefInf/Ref")),
        bank_code=code,
        purpose=piece.words("Purp/Cd", "Purp/Prtry"),
    )


def read_entry(piece: Piece, details: tuple[CamtDetail, ...]) -> CamtEntry:
    """Read one ``Ntry`` whose details were read before.

    Raises:
        InputError: ``bank_message_unreadable``: it has no amount.
    """
    amount = read_amount(piece.first("Amt"), piece.words("CdtDbtInd"))
    if amount is None:
        raise unreadable("an entry has no amount")
    count = piece.words("NtryDtls/Btch/NbOfTxs")
    return CamtEntry(
        amount=amount,
        status=piece.words("Sts/Cd", "Sts/Prtry", "Sts"),
        booked_on=read_date(piece.words("BookgDt/Dt", "BookgDt/DtTm")),
        value_on=read_date(piece.words("ValDt/Dt", "ValDt/DtTm")),
        details=details,
        entry_ref=piece.words("NtryRef"),
        bank_ref=piece.words("AcctSvcrRef"),
        reversal=piece.words("RvslInd") in {"true", "1"},
        batch_id=given(piece.words("NtryDtls/Btch/PmtInfId")),
        batch_message_id=given(piece.words("NtryDtls/Btch/MsgId")),
        batch_count=int(count) if count.isascii() and count.isdigit() and len(count) <= 9 else 0,
        bank_code=bank_code(piece),
        charges=read_charges(piece),
        text=piece.words("AddtlNtryInf"),
        ordered=_ordered_amount(piece, piece.words("CdtDbtInd")),
    )


def read_charges(piece: Piece) -> Money | None:
    """Return what the bank took (``Chrgs``), below zero as a debit; records are summed where no total is given."""
    charges = piece.first("Chrgs")
    if charges is None:
        return None
    total = read_amount(charges.first("TtlChrgsAndTaxAmt"), DEBIT)
    if total is not None:
        return total
    # Versions before 04 repeat the whole element, later ones have records in it.
    parts = [found for name in ("Chrgs/Rcrd", "Chrgs") for found in piece.all(name)]
    return charges_of(read_amount(part.first("Amt"), part.words("CdtDbtInd") or DEBIT) for part in parts)


def charges_of(records: Iterable[Money | None]) -> Money | None:
    """Return the sum of records of charges; None where there is none, or where they have several currencies."""
    known = [amount for amount in records if amount is not None]
    if not known or any(amount.currency != known[0].currency for amount in known):
        return None
    return Money(sum(amount.minor for amount in known), known[0].currency)


def bank_code(piece: Piece) -> str:
    """Return what kind of movement the bank says it is: domain, family and sub-family, or a code of its own."""
    code = piece.first("BkTxCd")
    if code is None:
        return ""
    return joined_code(
        code.words("Domn/Cd"), code.words("Domn/Fmly/Cd"), code.words("Domn/Fmly/SubFmlyCd"), code.words("Prtry/Cd")
    )


def joined_code(domain: str, family: str, sub_family: str, own: str) -> str:
    """Return a code of ISO 20022 where all of its parts are there, otherwise the bank's own."""
    return f"{domain}/{family}/{sub_family}" if domain and family and sub_family else own


def is_return_code(code: str) -> bool:
    """Return whether a code is one of returned or unpaid payments."""
    return code.rpartition("/")[2] in _RETURN_FAMILIES


def _party(piece: Piece, roles: tuple[str, str]) -> str:
    role = roles[0]
    return piece.words(
        f"RltdPties/Ultmt{role}/Nm",
        f"RltdPties/Ultmt{role}/Pty/Nm",
        f"RltdPties/{role}/Nm",
        f"RltdPties/{role}/Pty/Nm",
        f"RltdPties/{role}/Agt/FinInstnId/Nm",
    )


def _party_account(piece: Piece, roles: tuple[str, str]) -> str:
    account = f"RltdPties/{roles[0]}Acct/Id"
    return piece.words(f"{account}/IBAN", f"{account}/Othr/Id", f"{account}/PrtryAcct/Id", f"{account}/BBAN")


def given(text: str) -> str:
    """Return an identifier, or nothing where it only says that there is none."""
    return "" if text.upper() in _NOTHING else text
