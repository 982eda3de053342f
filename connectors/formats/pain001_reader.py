"""Reads credit transfer files back (pain.001, versions 03 to 12): to check what was written, and as a bank.

Only what payments are made of is read. The control figures of the file are compared with its payments.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from connectors.formats.camt_entries import read_amount
from connectors.formats.message_xml import Piece, read_pieces, unreadable
from connectors.formats.moments import read_date, read_moment
from gateway.domain.money import Money
from gateway.domain.payables.supplier import NO_ADDRESS, PostalAddress


@dataclass(frozen=True, slots=True)
class ReadPayment:
    """One payment as it stands in a file. ``account``: IBAN or other number; ``agent``: BIC or clearing number.

    ``reference``: structured; ``text``: unstructured, or beside a QR reference; ``lines``: unstructured address lines.
    """

    end_to_end_id: str
    amount: Money
    name: str
    account: str
    agent: str = ""
    instruction_id: str = ""
    uetr: str = ""
    charges: str = ""
    reference: str = ""
    reference_kind: str = ""
    text: str = ""
    purpose: str = ""
    ultimate_debtor: str = ""
    address: PostalAddress = NO_ADDRESS
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadBlock:
    """One block. ``account``: IBAN or other number of the payer; ``service``: such as ``SEPA``; ``local``: ``INST``."""

    id: str
    execute_on: date | None
    payer: str
    account: str
    payments: tuple[ReadPayment, ...]
    service: str = ""
    local: str = ""
    charges: str = ""
    batch_booking: bool | None = None


@dataclass(frozen=True, slots=True)
class ReadFile:
    """One file. ``defects``: control figures that do not fit, identifiers that come twice."""

    message_id: str
    created_at: datetime | None
    blocks: tuple[ReadBlock, ...]
    defects: tuple[str, ...] = ()

    @property
    def payments(self) -> tuple[ReadPayment, ...]:
        """All payments of all blocks."""
        return tuple(payment for block in self.blocks for payment in block.payments)


def read_pain001(content: bytes) -> ReadFile:
    """Read one file.

    Raises:
        InputError: ``bank_message_unreadable``.
    """
    blocks: list[ReadBlock] = []
    defects: list[str] = []

    def payment(piece: Piece) -> None:
        if piece.around is None or piece.around.name != "PmtInf":
            raise unreadable("a payment is in no block")
        piece.around.kept.append(_payment(piece))

    def block(piece: Piece) -> None:
        payments = tuple(item for item in piece.kept if isinstance(item, ReadPayment))
        name = piece.words("PmtInfId")
        defects.extend(f"Block {name}: {text}" for text in _control_defects(piece, payments))
        blocks.append(_block(piece, name, payments))

    handlers = {"CdtTrfTxInf": payment, "PmtInf": block}
    root = read_pieces(content, handlers, drop=frozenset(handlers))
    body = root.first("CstmrCdtTrfInitn")
    header = body.first("GrpHdr") if body is not None else None
    if header is None:
        raise unreadable("it is no file of credit transfers")
    read = ReadFile(header.words("MsgId"), read_moment(header.words("CreDtTm")), tuple(blocks))
    defects.extend(_control_defects(header, read.payments))
    if len({item.end_to_end_id for item in read.payments}) != len(read.payments):
        defects.append("Two payments have the same identifier.")
    return ReadFile(read.message_id, read.created_at, read.blocks, tuple(defects))


def _block(piece: Piece, name: str, payments: tuple[ReadPayment, ...]) -> ReadBlock:
    batch = piece.words("BtchBookg")
    return ReadBlock(
        id=name,
        execute_on=read_date(piece.words("ReqdExctnDt/Dt", "ReqdExctnDt/DtTm", "ReqdExctnDt")),
        payer=piece.words("Dbtr/Nm"),
        account=piece.words("DbtrAcct/Id/IBAN", "DbtrAcct/Id/Othr/Id"),
        payments=payments,
        service=piece.words("PmtTpInf/SvcLvl/Cd"),
        local=piece.words("PmtTpInf/LclInstrm/Cd", "PmtTpInf/LclInstrm/Prtry"),
        charges=piece.words("ChrgBr"),
        batch_booking=batch in {"true", "1"} if batch else None,
    )


def _payment(piece: Piece) -> ReadPayment:
    amount = read_amount(piece.first("Amt/InstdAmt"), "CRDT")
    if amount is None:
        raise unreadable("a payment has no amount")
    agent, address, strd = "CdtrAgt/FinInstnId", "Cdtr/PstlAdr", "RmtInf/Strd"
    kind = f"{strd}/CdtrRefInf/Tp/CdOrPrtry"
    return ReadPayment(
        end_to_end_id=piece.words("PmtId/EndToEndId"),
        amount=amount,
        name=piece.words("Cdtr/Nm"),
        account=piece.words("CdtrAcct/Id/IBAN", "CdtrAcct/Id/Othr/Id"),
        agent=piece.words(f"{agent}/BICFI", f"{agent}/BIC", f"{agent}/ClrSysMmbId/MmbId", f"{agent}/Othr/Id"),
        instruction_id=piece.words("PmtId/InstrId"),
        uetr=piece.words("PmtId/UETR"),
        charges=piece.words("ChrgBr"),
        reference=piece.words(f"{strd}/CdtrRefInf/Ref"),
        reference_kind=piece.words(f"{kind}/Cd", f"{kind}/Prtry"),
        text=piece.words("RmtInf/Ustrd", f"{strd}/AddtlRmtInf"),
        purpose=piece.words("Purp/Cd"),
        ultimate_debtor=piece.words("UltmtDbtr/Nm"),
        address=PostalAddress(
            street=piece.words(f"{address}/StrtNm"),
            building=piece.words(f"{address}/BldgNb"),
            postcode=piece.words(f"{address}/PstCd"),
            town=piece.words(f"{address}/TwnNm"),
            country=piece.words(f"{address}/Ctry"),
        ),
        lines=tuple(line.text.strip() for line in piece.all(f"{address}/AdrLine")),
    )


def _control_defects(piece: Piece, payments: tuple[ReadPayment, ...]) -> list[str]:
    """Compare number and sum, where they are given, with the payments."""
    found = []
    count, total = piece.words("NbOfTxs"), piece.words("CtrlSum")
    if count and count != str(len(payments)):
        found.append(f"It says {count[:15]} payments and has {len(payments)}.")
    if total:
        own = sum((Decimal(payment.amount.to_decimal()) for payment in payments), Decimal(0))
        try:
            fits = Decimal(total) == own
        except InvalidOperation:
            fits = False
        if not fits:
            found.append(f"It says {total[:20]} in all, its payments give {own}.")
    return found
