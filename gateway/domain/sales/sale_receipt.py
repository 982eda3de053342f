"""Receipts of a sale: what was sold with its taxes, by what it was paid, and what went back, as papers.

Card receipts are papers of their own (``receipt.py``): they belong to the card. This one belongs to the sale and names
every tender. Amounts are shown as they are stored, nothing is worked out anew.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from fractions import Fraction

from gateway.domain.cards.card_receipt import ShopFace, card_words, short_number
from gateway.domain.cards.payment import AttemptState, TerminalResult
from gateway.domain.money import Money
from gateway.domain.printing.paper import Gap, Line, Pair, Paper, Part, Words
from gateway.domain.rounding import Rounding, rounded
from gateway.domain.sales.sale import SaleLine
from gateway.domain.sales.tax_lines import BillTotal, Pricing, TaxRate
from gateway.domain.sales.tender import GiveBack, ReturnedLine, Tender, TenderKind, TenderState
from gateway.domain.sales.till_sale import SaleRecord, TillSale, due_of

RECEIPT_DETAIL = "receipt"
"""Name under which a kind of tender leaves lines for the receipt in its detail, one a line."""

_RATE_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_EN = {
    "receipt": "Receipt",
    "not_settled": "NOT PAID YET",
    "voided": "GIVEN UP, NOTHING PAID",
    "total": "TOTAL",
    "tip": "Tip",
    "rest": "Still due",
    "given": "Given",
    "change": "Change",
    "rounding": "Rounding",
    "worth": "Worth",
    "rate": "Rate",
    "of": "of",
    "tax": "Tax",
    "net": "Net",
    "gross": "Gross",
    "tax_id": "Tax id",
    "thanks": "Thank you!",
    "copy": "COPY",
    "back": "GIVEN BACK",
    "returned": "RETURN OF GOODS",
    "for_receipt": "For receipt",
    "reason": "Reason",
    "followed": "Discounts and surcharges",
    "point": ".",
    "card": "Card",
    "cash": "Cash",
    "foreign_cash": "Foreign cash",
    "voucher": "Voucher",
    "store_credit": "Store credit",
    "transfer": "Bank transfer",
    "account": "On account",
    "open": "asked for, not there yet",
}
_DE = {
    "receipt": "Beleg",
    "not_settled": "NOCH NICHT BEZAHLT",
    "voided": "AUFGEGEBEN, NICHTS BEZAHLT",
    "total": "SUMME",
    "tip": "Trinkgeld",
    "rest": "Noch offen",
    "given": "Gegeben",
    "change": "Rückgeld",
    "rounding": "Rundung",
    "worth": "Gegenwert",
    "rate": "Kurs",
    "of": "vom",
    "tax": "Steuer",
    "net": "Netto",
    "gross": "Brutto",
    "tax_id": "Steuernummer",
    "thanks": "Vielen Dank!",
    "copy": "KOPIE",
    "back": "ERSTATTUNG",
    "returned": "WARENRÜCKGABE",
    "for_receipt": "Zu Beleg",
    "reason": "Grund",
    "followed": "Rabatte und Zuschläge",
    "point": ",",
    "card": "Karte",
    "cash": "Bar",
    "foreign_cash": "Bar in Fremdwährung",
    "voucher": "Gutschein",
    "store_credit": "Guthaben",
    "transfer": "Überweisung",
    "account": "Auf Rechnung",
    "open": "angefordert, noch nicht da",
}
_WORDS = {"en": _EN, "de": _DE}


class SaleReceipts:
    """Writes the papers of sales for one shop."""

    def __init__(self, *, shop: ShopFace, registers: Mapping[str, str], zone: tzinfo) -> None:
        """``registers``: id -> name as printed; ``zone``: the store's time zone."""
        self._shop = shop
        self._registers = registers
        self._zone = zone
        self._words = _WORDS.get(shop.language, _EN)

    @property
    def copy_mark(self) -> str:
        """The word that marks a copy."""
        return self._words["copy"]

    def sale(self, record: SaleRecord) -> Paper:
        """Return the receipt of a sale: every line, the tax of each rate, every tender with its change."""
        words, sale = self._words, record.sale
        letters = _letters(sale.totals)
        settled = record.settlement
        number = _number(None if settled is None else settled.number, sale)
        parts: list[Part] = [*self._head(sale.register_id, number, sale.created_at if settled is None else settled.at)]
        for line in sale.lines:
            parts += self._line(line.taxed.sale_line, letters[line.taxed.rate])
        parts.append(Line())
        tip = sum((paid.taken.added.minor for paid in record.payments), sale.totals.tip.minor)
        if tip:
            parts.append(Pair(words["tip"], self._figure(Money(tip, sale.currency))))
        total = sale.totals.gross + Money(tip, sale.currency)
        parts.append(Pair(words["total"], self._with_currency(total), bold=True))
        parts += self._tenders(record)
        if settled is None:
            parts.append(Pair(words["rest"], self._with_currency(due_of(record).rest), bold=True))
            parts.append(Words(words["not_settled" if record.void is None else "voided"], bold=True))
        parts += [Line(), *self._taxes(sale.totals, letters), Line()]
        if settled is not None:
            parts.append(Words(words["thanks"], centred=True))
        parts.append(Words(sale.trace_id, centred=True))
        return Paper(title=f"{words['receipt']} {number}", parts=tuple(parts), headed=True)

    def give_back(self, record: SaleRecord, back: GiveBack) -> Paper:
        """Return the receipt of what went back: the goods and their taxes, how it was given, the receipt it is for."""
        words, sale = self._words, record.sale
        number = _number(back.number, back)
        of_sale = _number(None if record.settlement is None else record.settlement.number, sale)
        title = words["returned"] if back.lines else words["back"]
        parts: list[Part] = [
            *self._head(back.register_id, number, back.created_at, title),
            Words(f"{words['for_receipt']} {of_sale}"),
        ]
        letters = _letters(sale.totals)
        for returned in back.lines:
            parts += self._returned(returned, sale, letters)
        if back.lines:
            parts += [*self._followed(back, sale), Line()]
        parts.append(Pair(title, self._with_currency(back.amount), bold=True))
        parts.append(Pair(words[back.kind], self._figure(_paid_out(back))))
        parts += self._rounding(back.detail, back.amount)
        parts += _told(back.detail)
        if back.totals is not None:
            parts += [Line(), *self._taxes(back.totals, letters)]
        parts += [Line(), Words(f"{words['reason']}: {back.reason}"), Words(sale.trace_id, centred=True)]
        return Paper(title=f"{title} {number}", parts=tuple(parts), headed=True)

    def _head(self, register_id: str, number: str, at: datetime, title: str = "") -> Iterable[Part]:
        local = at.astimezone(self._zone)
        shop, words = self._shop, self._words
        yield Words(shop.name, centred=True, bold=True)
        yield from (Words(line, centred=True) for line in shop.address_lines)
        if shop.tax_id:
            yield Words(f"{words['tax_id']} {shop.tax_id}", centred=True)
        yield Gap(1)
        if title:
            yield Words(title, centred=True, bold=True)
        yield Pair(self._registers.get(register_id, register_id), f"{words['receipt']} {number}")
        yield Pair(local.strftime("%Y-%m-%d"), local.strftime("%H:%M:%S"))
        yield Line()

    def _line(self, line: SaleLine, letter: str) -> Iterable[Part]:
        amount = f"{self._figure(line.amount)} {letter}"
        if line.quantity == 1:
            yield Pair(line.text, amount)
            return
        yield Words(line.text)
        yield Pair(f"  {self._quantity(line)} x {self._figure(line.unit_price)}", amount)

    def _returned(self, returned: ReturnedLine, sale: TillSale, letters: Mapping[TaxRate, str]) -> Iterable[Part]:
        taxed = sale.lines[returned.number].taxed
        quantity = f"{returned.quantity.normalize():f}".replace(".", self._words["point"])
        price = self._figure(taxed.sale_line.unit_price)
        yield Pair(f"{quantity} x {taxed.sale_line.text}", f"{price} {letters[taxed.rate]}")

    def _followed(self, back: GiveBack, sale: TillSale) -> Iterable[Part]:
        """Tell what discounts and surcharges took off or put on what goes back."""
        if back.totals is None:
            return
        goods = 0
        for returned in back.lines:
            price = sale.lines[returned.number].taxed.sale_line.unit_price.minor
            goods += rounded(Fraction(returned.quantity) * price, Rounding.HALF_UP)
        base = back.totals.gross if sale.pricing is Pricing.GROSS else back.totals.net
        if base.minor != goods:
            yield Pair(self._words["followed"], self._figure(Money(base.minor - goods, sale.currency)))

    def _tenders(self, record: SaleRecord) -> Iterable[Part]:
        words = self._words
        for tender in record.tenders:
            if tender.state is not TenderState.CANCELLED:
                yield from self._tender(tender)
        for paid in record.payments:
            attempt = paid.attempts[-1]
            if attempt.state is AttemptState.APPROVED:
                card = card_words(attempt.result or TerminalResult())
                yield Pair(" ".join(part for part in (words["card"], card) if part), self._figure(paid.taken.amount))
        for back in record.give_backs:
            if back.kind is not TenderKind.CARD and record.settlement is None:
                yield Pair(f"{words['back']} {words[back.kind]}", f"-{self._figure(back.amount)}")

    def _tender(self, tender: Tender) -> Iterable[Part]:
        words, detail = self._words, tender.detail
        yield Pair(words[tender.kind], self._figure(tender.amount))
        if tender.state is TenderState.OPEN:
            yield Words(f"  {words['open']}")
        if "given" in detail:
            yield Pair(f"  {words['given']}", self._text(detail["given"]))
        if "rate" in detail:
            yield Pair(
                f"  {words['rate']} {words['of']} {detail['rate_dated']}",
                f"{self._text(detail['rate'])} {detail['rate_currency']}",
            )
            yield Pair(f"  {words['worth']}", self._text(detail["worth"]))
        if "change" in detail:
            yield Pair(f"  {words['change']}", self._text(detail["change"]))
        yield from self._rounding(detail, tender.amount)
        yield from _told(detail)

    def _rounding(self, detail: Mapping[str, str], amount: Money) -> Iterable[Part]:
        zero = Money(0, amount.currency).to_decimal()
        if detail.get("rounding", zero) != zero:
            yield Pair(f"  {self._words['rounding']}", self._text(detail["rounding"]))

    def _taxes(self, totals: BillTotal, letters: Mapping[TaxRate, str]) -> Iterable[Part]:
        words = self._words
        for rate in totals.rates:
            percent = rate.rate.percent().replace(".", words["point"])
            yield Pair(f"{letters[rate.rate]} {words['tax']} {percent} %", self._figure(rate.tax))
            yield Pair(f"  {words['net']} {self._figure(rate.net)}", f"{words['gross']} {self._figure(rate.gross)}")

    def _quantity(self, line: SaleLine) -> str:
        return f"{line.quantity.normalize():f}".replace(".", self._words["point"])

    def _figure(self, money: Money) -> str:
        return self._text(money.to_decimal())

    def _text(self, figure: str) -> str:
        return figure.replace(".", self._words["point"])

    def _with_currency(self, money: Money) -> str:
        return f"{money.currency.code} {self._figure(money)}"


def _letters(totals: BillTotal) -> dict[TaxRate, str]:
    """Return a letter for each rate, the highest first; beyond the alphabet the rate itself."""
    rates = sorted((total.rate for total in totals.rates), reverse=True)
    return {
        rate: _RATE_LETTERS[place] if place < len(_RATE_LETTERS) else f"{rate.percent()}%"
        for place, rate in enumerate(rates)
    }


def _number(number: int | None, named: TillSale | GiveBack) -> str:
    """Return the document number, or the end of the id where there is none."""
    return short_number(named.id) if number is None else str(number)


def _paid_out(back: GiveBack) -> Money:
    due = back.detail.get("due")
    return back.amount if due is None else Money.from_decimal(due, back.amount.currency)


def _told(detail: Mapping[str, str]) -> Iterable[Part]:
    return (Words(f"  {line}") for line in detail.get(RECEIPT_DETAIL, "").splitlines())
