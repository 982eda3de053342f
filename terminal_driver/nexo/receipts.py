"""Texts a nexo terminal wants printed or shown, as receipts and lines of the driver. Card numbers in them are cut."""

from terminal_driver.card_data import cut_card_numbers
from terminal_driver.nexo.messages import OutputContent, OutputText
from terminal_driver.nexo.payment_messages import PaymentReceipt
from terminal_driver.nexo.vocabulary import DocumentQualifier
from terminal_driver.outcome import ReceiptKind, ReceiptLine, TerminalReceipt

TEXT_FORMAT = "Text"

_KINDS: dict[str, ReceiptKind] = {
    DocumentQualifier.CASHIER_RECEIPT: ReceiptKind.MERCHANT,
    DocumentQualifier.SALE_RECEIPT: ReceiptKind.MERCHANT,
    DocumentQualifier.CUSTOMER_RECEIPT: ReceiptKind.CUSTOMER,
}
_DOUBLE_WIDTH = frozenset({"DoubleWidth", "Double"})
_DOUBLE_HEIGHT = frozenset({"DoubleHeight", "Double"})


def receipts_of(printed: tuple[PaymentReceipt, ...], *, approved: bool) -> tuple[TerminalReceipt, ...]:
    """Return the receipts of an answer; those the terminal prints itself and those without text are left out."""
    found = (
        receipt_of(
            item.document_qualifier,
            item.output_content,
            signature_field=item.required_signature_flag,
            approved=approved,
        )
        for item in printed
        if not item.integrated_print_flag
    )
    return tuple(receipt for receipt in found if receipt is not None)


def receipt_of(
    qualifier: str, content: OutputContent, *, signature_field: bool | None = None, approved: bool | None = None
) -> TerminalReceipt | None:
    """Return one receipt, or None when it has no text in a form the driver reads."""
    lines = lines_of(content)
    if not any(line.text for line in lines):
        return None
    return TerminalReceipt(_KINDS.get(qualifier, ReceiptKind.ADMINISTRATION), lines, approved, signature_field)


def lines_of(content: OutputContent) -> tuple[ReceiptLine, ...]:
    """Return the lines of a text; pieces that end no line are glued to the next."""
    if content.output_format != TEXT_FORMAT:
        return ()
    lines: list[ReceiptLine] = []
    begun: list[OutputText] = []
    for piece in content.output_text:
        begun.append(piece)
        if piece.end_of_line_flag is not False:
            lines += _finished(begun)
            begun = []
    if begun:
        lines += _finished(begun)
    return tuple(lines)


def words_of(content: OutputContent) -> str:
    """Return a text for a display: its lines that are not empty."""
    return "\n".join(line.text.strip() for line in lines_of(content) if line.text.strip())


def _finished(pieces: list[OutputText]) -> list[ReceiptLine]:
    looks = pieces[0]
    return [
        ReceiptLine(
            text.rstrip(),
            centred=looks.alignment == "Centred",
            double_width=looks.character_width in _DOUBLE_WIDTH,
            double_height=looks.character_height in _DOUBLE_HEIGHT,
        )
        for text in cut_card_numbers("".join(piece.text for piece in pieces)).split("\n")
    ]
