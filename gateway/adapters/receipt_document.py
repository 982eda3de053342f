"""Turns what a receipt says into the printer library's document: order, alignment, words. No device knowledge."""

from gateway.domain.cards.card_receipt import Receipt, ReceiptCopy
from gateway.domain.cards.payment import EftLine
from gateway.domain.money import Money
from gateway.domain.sales.sale import SaleLine
from terminal_driver.printer.document import Align, Columns, Cut, Document, Element, Feed, Logo, Rule, Text, Verbatim

WORDS = {
    "en": {
        "copy": "COPY",
        "customer": "Customer copy",
        "merchant": "Merchant copy",
        "total": "TOTAL",
        "refund": "REFUND",
        "reservation": "RESERVED",
        "day": "END OF DAY",
        "figure_tip": "Tip",
        "figure_charged": "Charged",
        "figure_rest": "Still due",
        "figure_converted": "In the card's currency",
        "of_receipt": "For receipt",
        "receipt": "Receipt",
        "tax_id": "Tax id",
        "thanks": "Thank you!",
        "decimal_point": ".",
    },
    "de": {
        "copy": "KOPIE",
        "customer": "Kundenbeleg",
        "merchant": "Händlerbeleg",
        "total": "SUMME",
        "refund": "ERSTATTUNG",
        "reservation": "RESERVIERT",
        "day": "TAGESABSCHLUSS",
        "figure_tip": "Trinkgeld",
        "figure_charged": "Belastet",
        "figure_rest": "Noch offen",
        "figure_converted": "In Kartenwährung",
        "of_receipt": "Zu Beleg",
        "receipt": "Beleg",
        "tax_id": "Steuernummer",
        "thanks": "Vielen Dank!",
        "decimal_point": ",",
    },
}


def document_of(receipt: Receipt, logo: Logo | None = None) -> Document:
    """Return the document of one receipt: logo, shop, lines, total, outcome, the terminal's lines, references."""
    words = WORDS.get(receipt.shop.language, WORDS["en"])
    elements: list[Element] = [*([logo] if logo else []), *_head(receipt, words)]
    point = words["decimal_point"]
    elements += [element for line in receipt.lines for element in _line(line, point)]
    if receipt.lines:
        elements.append(Rule())
    total = f"{receipt.total.currency.code} {_figure(receipt.total, point)}"
    elements.append(Columns(words[receipt.subject or "total"], total, bold=True))
    elements += [
        Columns(words[f"figure_{one.kind}"], f"{one.amount.currency.code} {_figure(one.amount, point)}")
        for one in receipt.figures
    ]
    elements.append(Text(receipt.status_words, bold=not receipt.paid))
    elements += [Text(note) for note in receipt.notes]
    if receipt.card_words:
        elements.append(Text(receipt.card_words))
    if receipt.eft_lines:
        elements += [Rule(), _verbatim(receipt.eft_lines)]
    elements.append(Rule())
    if receipt.copy is ReceiptCopy.CUSTOMER and receipt.paid:
        elements.append(Text(words["thanks"], align=Align.CENTRE))
    elements.append(Text(receipt.trace_id, align=Align.CENTRE))
    elements += [Feed(1), Cut()]
    return Document(
        title=f"{receipt.copy} {receipt.number}",
        elements=tuple(elements),
        copy_mark=words["copy"] if receipt.duplicate else None,
    )


def _head(receipt: Receipt, words: dict[str, str]) -> list[Element]:
    elements: list[Element] = [Text(receipt.shop.name, align=Align.CENTRE, bold=True, double_height=True)]
    elements += [Text(line, align=Align.CENTRE) for line in receipt.shop.address_lines]
    if receipt.shop.tax_id:
        elements.append(Text(f"{words['tax_id']} {receipt.shop.tax_id}", align=Align.CENTRE))
    elements += [
        Feed(1),
        *([Text(words[receipt.subject], align=Align.CENTRE, bold=True, double_height=True)] if receipt.subject else []),
        Text(words[receipt.copy], align=Align.CENTRE),
        Columns(receipt.register_name, f"{words['receipt']} {receipt.number}"),
        *([Text(f"{words['of_receipt']} {receipt.refund_of}")] if receipt.refund_of else []),
        Columns(receipt.local_time.strftime("%Y-%m-%d"), receipt.local_time.strftime("%H:%M:%S")),
        Rule(),
    ]
    return elements


def _line(line: SaleLine, point: str) -> list[Element]:
    amount = _figure(line.amount, point)
    if line.quantity == 1:
        return [Columns(line.text, amount)]
    quantity = f"{line.quantity.normalize():f}".replace(".", point)
    return [Text(line.text), Columns(f"  {quantity} x {_figure(line.unit_price, point)}", amount)]


def _figure(money: Money, point: str) -> str:
    return money.to_decimal().replace(".", point)


def _verbatim(lines: tuple[EftLine, ...]) -> Verbatim:
    return Verbatim(
        tuple(line.text for line in lines), tuple(Align.CENTRE if line.centred else Align.LEFT for line in lines)
    )
