"""What account messages say of one payment: identifiers, parties, texts, amounts as ordered, charges."""

from typing import Any

from connectors.formats.camt_entries import DEBIT, charges_of, given, is_return_code, joined_code
from connectors.statements.amounts import AmountError, exact_minor, known_currency
from connectors.statements.xml_shapes import Part, PathTable
from gateway.domain.money import Money

_CUT = 140
"""Characters of one unstructured text; banks cut longer ones there, in the middle of a word."""
_CODE: PathTable = {
    "domain": ("BkTxCd/Domn/Cd",),
    "family": ("BkTxCd/Domn/Fmly/Cd",),
    "sub_family": ("BkTxCd/Domn/Fmly/SubFmlyCd",),
    "own": ("BkTxCd/Prtry/Cd",),
}
_NUMBERS = (
    "PrvtId/Othr/Id", "OrgId/Othr/Id", "PrvtId/OthrId/Id", "OrgId/AnyBIC", "OrgId/BICOrBEI", "OrgId/LEI",
)  # fmt: skip
_FACTS: PathTable = {
    **_CODE,
    "end_to_end_id": ("Refs/EndToEndId",),
    "instruction_id": ("Refs/InstrId",),
    "batch_id": ("Refs/PmtInfId",),
    "message_id": ("Refs/MsgId",),
    "uetr": ("Refs/UETR",),
    "bank_ref": ("Refs/AcctSvcrRef", "Refs/TxId", "Refs/Prtry/Ref"),
    "mandate_id": ("Refs/MndtId",),
    "rate": tuple(f"AmtDtls/{kind}/CcyXchg/XchgRate" for kind in ("InstdAmt", "TxAmt", "CntrValAmt")),
    "return_reason": ("RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry"),
    "purpose": ("Purp/Cd", "Purp/Prtry"),
    "told": ("AddtlTxInf",),
}
_GIVEN = ("end_to_end_id", "instruction_id", "batch_id", "message_id", "mandate_id")


def _side(role: str) -> PathTable:
    """Return where each fact stands when the other side is the creditor, or the debtor."""
    parties = f"RltdPties/{role}"
    account = f"RltdPties/{role}Acct/Id"
    agent = f"RltdAgts/{role}Agt/FinInstnId"
    return {
        **_FACTS,
        "counterparty": (f"{parties}/Nm", f"{parties}/Pty/Nm", f"{parties}/Agt/FinInstnId/Nm"),
        "account": tuple(f"{account}/{kind}" for kind in ("IBAN", "Othr/Id", "PrtryAcct/Id", "BBAN", "UPIC")),
        "bic": (f"{agent}/BICFI", f"{agent}/BIC"),
        "party_id": tuple(f"{parties}/{path}/{number}" for path in ("Id", "Pty/Id") for number in _NUMBERS),
        "ultimate": (f"RltdPties/Ultmt{role}/Nm", f"RltdPties/Ultmt{role}/Pty/Nm"),
    }


_CREDITOR, _DEBTOR = _side("Cdtr"), _side("Dbtr")


def signed_amount(written: tuple[str, str], direction: str) -> Money:
    """Return an amount, below zero for a debit. ``written``: number and currency.

    Raises:
        AmountError: it cannot be taken exactly.
    """
    text, code = written
    currency = known_currency(code) or known_currency(code.strip().upper())
    if currency is None:
        message = f"its currency “{code[:8]}” is not known"
        raise AmountError(message)
    minor = exact_minor(text, currency)
    return Money(-minor if direction == DEBIT else minor, currency)


def amount_or_none(written: tuple[str, str] | None, direction: str) -> Money | None:
    """Return an amount that only informs; None where it is missing or no amount."""
    if written is None:
        return None
    try:
        return signed_amount(written, direction)
    except AmountError:
        return None


def read_facts(piece: Part, entry_direction: str, *, with_amount: bool = True) -> dict[str, Any]:
    """Read one ``TxDtls`` into the fields of ``PaymentFacts`` that it tells.

    Args:
        piece: the element.
        entry_direction: of its entry, where it has none of its own.
        with_amount: whether its amounts are read.

    Raises:
        AmountError: its own amount cannot be taken exactly.
    """
    direction = piece.words("CdtDbtInd") or entry_direction
    returned = piece.has("RtrInf")
    # Who is on the other side depends on the direction: a debit was paid to the creditor. A return turns it round.
    facts: dict[str, Any] = piece.named(_CREDITOR if (direction == DEBIT) != returned else _DEBTOR)
    code = _code_in(facts)
    for name in _GIVEN:
        if name in facts:
            facts[name] = given(facts[name])
    if "account" in facts:
        facts["account"] = facts["account"].replace(" ", "")
    if with_amount:
        own = piece.amount("Amt", "AmtDtls/TxAmt/Amt")
        facts["amount"] = signed_amount(own, direction) if own is not None else None
        ordered = piece.amount("AmtDtls/InstdAmt/Amt")
        if ordered is not None:
            facts["original"] = amount_or_none(ordered, direction)
    if code:
        facts["bank_code"] = code
    if returned or is_return_code(code):
        facts["is_return"] = True
        facts["return_text"] = " ".join(text.strip() for text in piece.all("RtrInf/AddtlInf"))
    _add_rest(facts, piece)
    return facts


def _add_rest(facts: dict[str, Any], piece: Part) -> None:
    """Add what has to be put together: charges, text, references."""
    if "told" in facts:
        facts["texts"] = (facts.pop("told"),)
    if piece.has("Chrgs"):
        facts["charges"] = read_charges(piece)
    if piece.has("RmtInf"):
        facts["text"] = _text(piece)
        if piece.has("RmtInf/Strd"):
            facts["references"] = _references(piece)


def code_of(piece: Part) -> str:
    """Return what kind of movement the bank says it is."""
    return _code_in(piece.named(_CODE))


def _code_in(named: dict[str, str]) -> str:
    """Take the parts of a code out of named texts and return it."""
    return joined_code(
        named.pop("domain", ""), named.pop("family", ""), named.pop("sub_family", ""), named.pop("own", "")
    )


def read_charges(piece: Part) -> Money | None:
    """Return what the bank took (``Chrgs``), below zero as a debit; records are summed where no total is given."""
    total = amount_or_none(piece.amount("Chrgs/TtlChrgsAndTaxAmt"), DEBIT)
    if total is not None:
        return total
    # Versions before 04 repeat the whole element, later ones have records in it.
    parts = [found for path in ("Chrgs/Rcrd", "Chrgs") for found in piece.parts(path)]
    return charges_of(amount_or_none(part.amount("Amt"), part.words("CdtDbtInd") or DEBIT) for part in parts)


def _text(piece: Part) -> str:
    written = piece.all("RmtInf/Ustrd")
    if len(written) == 1:
        return written[0].strip() or " ".join(text.strip() for text in piece.all("RmtInf/Strd/AddtlRmtInf"))
    whole = last = ""
    for part in (text.strip("\r\n\t") for text in written):
        whole += part if not whole or len(last) >= _CUT else f" {part.strip()}"
        last = part
    return whole.strip() or " ".join(text.strip() for text in piece.all("RmtInf/Strd/AddtlRmtInf"))


def _references(piece: Part) -> tuple[str, ...]:
    found = [
        text.strip()
        for structured in piece.parts("RmtInf/Strd")
        for path in ("CdtrRefInf/Ref", "CdtrRefInf/CdtrRef", "RfrdDocInf/Nb")
        for text in structured.all(path)
    ]
    return tuple(dict.fromkeys(text for text in found if text))
