"""Reads status reports (pain.002, every version): what became of a file, its blocks and its payments."""

from datetime import datetime

from connectors.formats.message_xml import Piece, read_pieces, unreadable
from connectors.formats.moments import read_date, read_moment
from gateway.ports.bank_files import BankReport, BankStatus

_PAYEE_CHECKS = frozenset({"RVMC", "RVNM", "RVNA", "RVCM", "RVNC", "RCVC"})
_CLOSE_MATCH = "RVMC"
STATUSES_MAX = 500_000


def read_pain002(content: bytes) -> BankReport:
    """Read one report.

    A status is given for every level that has one, the outermost first; levels without one are left out.

    Raises:
        InputError: ``bank_message_unreadable``.
    """
    collected = _Collected()
    handlers = {
        "GrpHdr": collected.header,
        "OrgnlGrpInfAndSts": collected.group,
        "PmtInfSts": collected.block_status,
        "TxInfAndSts": collected.payment,
        "OrgnlPmtInfAndSts": collected.block,
    }
    root = read_pieces(content, handlers, drop=frozenset({"TxInfAndSts", "OrgnlPmtInfAndSts"}))
    body = root.first("CstmrPmtStsRpt", "pain.002.001.02") or root
    if body.name not in {"CstmrPmtStsRpt", "pain.002.001.02"}:
        raise unreadable("it is no status report")
    return collected.report()


class _Collected:
    """What was read so far."""

    def __init__(self) -> None:
        self._id = ""
        self._created_at: datetime | None = None
        self._message_id = ""
        self._statuses: list[BankStatus] = []
        self._defects: list[str] = []

    def header(self, piece: Piece) -> None:
        self._id = piece.words("MsgId")
        self._created_at = read_moment(piece.words("CreDtTm"))

    def group(self, piece: Piece) -> None:
        self._message_id = piece.words("OrgnlMsgId")
        if not self._message_id:
            self._defects.append("The report does not name the file it is about.")
        self._add(piece, piece.words("GrpSts"), "", "")

    def block_status(self, piece: Piece) -> None:
        """Keep the status of a block at its place: payments of the block follow it."""
        block = piece.around
        if block is not None and block.name == "OrgnlPmtInfAndSts":
            # Its reasons come after it; the place is taken now and filled in at the end of the block.
            block.kept.append(len(self._statuses))
            self._add(block, piece.text.strip(), block.words("OrgnlPmtInfId"), "")

    def block(self, piece: Piece) -> None:
        """Add the reasons of a block to its status."""
        for place in piece.kept:
            if isinstance(place, int):
                known = self._statuses[place]
                self._statuses[place] = self._status(piece, known.status, known.block_id, "")

    def payment(self, piece: Piece) -> None:
        block = piece.around
        block_id = block.words("OrgnlPmtInfId") if block is not None else ""
        end_to_end_id = piece.words("OrgnlEndToEndId", "OrgnlInstrId")
        status = piece.words("TxSts")
        if status and not end_to_end_id:
            self._defects.append("A status of one payment does not say of which.")
            return
        self._add(piece, status, block_id, end_to_end_id)

    def report(self) -> BankReport:
        return BankReport(
            kind="pain.002",
            id=self._id,
            created_at=self._created_at,
            statuses=tuple(self._statuses),
            defects=tuple(self._defects),
        )

    def _add(self, piece: Piece, status: str, block_id: str, end_to_end_id: str) -> None:
        if not status:
            return
        if len(self._statuses) >= STATUSES_MAX:
            raise unreadable(f"it has more than {STATUSES_MAX} statuses")
        self._statuses.append(self._status(piece, status, block_id, end_to_end_id))

    def _status(self, piece: Piece, status: str, block_id: str, end_to_end_id: str) -> BankStatus:
        words = [info.text.strip() for info in piece.all("StsRsnInf/AddtlInf") if info.text.strip()]
        named = piece.words("OrgnlTxRef/Cdtr/Nm", "OrgnlTxRef/Cdtr/Pty/Nm")
        checked = status in _PAYEE_CHECKS and bool(end_to_end_id)
        # The name a bank holds for the account: beside the payment, or as the only words of a close match.
        name = (named or (" ".join(words) if status == _CLOSE_MATCH else "")) if checked else ""
        execute_on = read_date(
            piece.words("OrgnlTxRef/ReqdExctnDt", "OrgnlTxRef/ReqdExctnDt/Dt", "OrgnlTxRef/ReqdExctnDt/DtTm")
        )
        return BankStatus(
            message_id=self._message_id,
            status=status,
            block_id=block_id,
            end_to_end_id=end_to_end_id,
            reason_code=piece.words("StsRsnInf/Rsn/Cd", "StsRsnInf/Rsn/Prtry"),
            reason_text=" ".join(words),
            payee_name=name,
            execute_on=execute_on,
        )
