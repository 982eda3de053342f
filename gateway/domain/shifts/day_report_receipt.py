"""X and Z reports as a paper: what stands on it, in the shop's language. Every figure is read from the report."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from gateway.domain.cards.card_receipt import ShopFace
from gateway.domain.money import Money
from gateway.domain.printing.paper import Gap, Line, Pair, Paper, Part, Words
from gateway.domain.shifts.day_report import DayReport, DocumentSum, DrawerSum, ReportKind, TenderSum

_EN = {
    "x": "X REPORT",
    "z": "Z REPORT",
    "x_note": "Interim. The shift goes on.",
    "copy": "COPY",
    "tax_id": "Tax id",
    "point": ".",
    "from": "From",
    "to": "To",
    "opened_by": "Opened by",
    "made_by": "Made by",
    "taken": "TAKEN",
    "given_back": "GIVEN BACK",
    "nothing": "nothing",
    "card": "Card",
    "cash": "Cash",
    "foreign_cash": "Foreign cash",
    "voucher": "Voucher",
    "voucher_back": "Vouchers issued",
    "store_credit": "Store credit",
    "transfer": "Bank transfer",
    "account": "On account",
    "sum": "Total",
    "turnover": "TAKEN LESS GIVEN BACK",
    "sales": "SALES",
    "give_backs": "GIVE-BACKS",
    "numbers": "Numbers",
    "count": "Documents",
    "gross": "Gross",
    "net": "Net",
    "tax": "Tax",
    "tips": "Tips",
    "discounts": "Discounts",
    "surcharges": "Surcharges",
    "vouchers_sold": "Vouchers sold",
    "groups": "ITEM GROUPS",
    "drawer": "DRAWER",
    "carried": "Carried over",
    "float": "Float from safe",
    "pay_in": "Paid in",
    "pay_out": "Paid out",
    "drop": "Dropped to safe",
    "to_safe": "To safe at closing",
    "rounding": "Rounding",
    "exchange": "Exchange",
    "difference": "Difference",
    "elsewhere": "Other",
    "drawer_taken": "Sales",
    "drawer_given_back": "Given back",
    "balance": "Balance",
    "expected": "Expected",
    "counted": "Counted",
    "left": "Stays in drawer",
    "openings": "Opened without sale",
    "tries": "CARD WITHOUT CHARGE",
    "declined": "Declined",
    "cancelled": "Cancelled",
    "not_charged": "Not charged",
    "in_doubt": "In doubt",
    "running": "SINCE THE FIRST Z",
    "reports": "Z reports",
    "before": "Digest before",
    "none": "none",
}
_DE = {
    "x": "X-BERICHT",
    "z": "Z-BERICHT",
    "x_note": "Zwischenstand. Die Schicht läuft weiter.",
    "copy": "KOPIE",
    "tax_id": "Steuernummer",
    "point": ",",
    "from": "Von",
    "to": "Bis",
    "opened_by": "Eröffnet von",
    "made_by": "Erstellt von",
    "taken": "EINGENOMMEN",
    "given_back": "ZURÜCKGEGEBEN",
    "nothing": "nichts",
    "card": "Karte",
    "cash": "Bar",
    "foreign_cash": "Fremdwährung bar",
    "voucher": "Gutschein",
    "voucher_back": "Gutscheine ausgegeben",
    "store_credit": "Guthaben",
    "transfer": "Überweisung",
    "account": "Auf Rechnung",
    "sum": "Summe",
    "turnover": "EINNAHMEN ABZÜGLICH RÜCKGABEN",
    "sales": "VERKÄUFE",
    "give_backs": "RÜCKGABEN",
    "numbers": "Nummern",
    "count": "Belege",
    "gross": "Brutto",
    "net": "Netto",
    "tax": "Steuer",
    "tips": "Trinkgeld",
    "discounts": "Rabatte",
    "surcharges": "Zuschläge",
    "vouchers_sold": "Gutscheine verkauft",
    "groups": "WARENGRUPPEN",
    "drawer": "KASSENLADE",
    "carried": "Übertrag",
    "float": "Wechselgeld aus Tresor",
    "pay_in": "Einlagen",
    "pay_out": "Entnahmen",
    "drop": "In den Tresor",
    "to_safe": "Bei Abschluss in den Tresor",
    "rounding": "Rundung",
    "exchange": "Wechsel",
    "difference": "Differenz",
    "elsewhere": "Sonstiges",
    "drawer_taken": "Verkäufe",
    "drawer_given_back": "Rückgaben",
    "balance": "Bestand",
    "expected": "Soll",
    "counted": "Gezählt",
    "left": "Bleibt in der Lade",
    "openings": "Ohne Verkauf geöffnet",
    "tries": "KARTE OHNE BELASTUNG",
    "declined": "Abgelehnt",
    "cancelled": "Abgebrochen",
    "not_charged": "Nicht belastet",
    "in_doubt": "Ungeklärt",
    "running": "SEIT DEM ERSTEN Z",
    "reports": "Z-Berichte",
    "before": "Prüfsumme davor",
    "none": "keine",
}
WORDS: dict[str, dict[str, str]] = {"en": _EN, "de": _DE}
_DIGEST_SHOWN = 16


@dataclass(frozen=True, slots=True)
class _Pen:
    """Writes figures and names in one language."""

    words: Mapping[str, str]
    zone: tzinfo

    def money(self, money: Money) -> str:
        return f"{money.to_decimal().replace('.', self.words['point'])} {money.currency.code}"

    def instant(self, at: datetime) -> str:
        return at.astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S")

    def name(self, key: str) -> str:
        return self.words.get(key, key)


def report_paper(report: DayReport, *, shop: ShopFace, zone: tzinfo) -> Paper:
    """Return the paper of a report.

    Args:
        report: an X or a stored Z.
        shop: whose report it is, and its language: ``en`` or ``de``, English for any other.
        zone: the store's time zone.
    """
    pen = _Pen(WORDS.get(shop.language, _EN), zone)
    number = "" if report.number is None else f" {report.number}"
    parts: list[Part] = [
        *_shop(shop, pen),
        Words(pen.words[report.kind] + number, centred=True, bold=True, big=True),
        *([Words(pen.words["x_note"], centred=True)] if report.kind is ReportKind.X else []),
        Words(report.register_name, centred=True),
        Pair(pen.words["from"], pen.instant(report.since)),
        Pair(pen.words["to"], pen.instant(report.until)),
        Pair(pen.words["opened_by"], report.opened_by),
        Pair(pen.words["made_by"], report.made_by),
        Line(),
        *_tenders(report, pen),
        *_documents("sales", report.sales, pen),
        *_documents("give_backs", report.give_backs, pen),
        *_groups(report, pen),
        *[part for drawer in report.drawers for part in _drawer(drawer, report, pen)],
        *_tries(report, pen),
        *_running(report, pen),
        Gap(),
    ]
    return Paper(title=f"{report.kind.value}-report {report.register_id}{number}", parts=tuple(parts), headed=True)


def _shop(shop: ShopFace, pen: _Pen) -> list[Part]:
    parts: list[Part] = [Words(shop.name, centred=True, bold=True)]
    parts += [Words(line, centred=True) for line in shop.address_lines]
    if shop.tax_id:
        parts.append(Words(f"{pen.words['tax_id']} {shop.tax_id}", centred=True))
    return [*parts, Gap()]


def copy_mark(language: str) -> str:
    """Return what a second print of the same report is marked with."""
    return WORDS.get(language, _EN)["copy"]


def _tenders(report: DayReport, pen: _Pen) -> list[Part]:
    words = pen.words
    parts: list[Part] = [Words(words["taken"], bold=True)]
    taken = [one for one in report.tenders if one.taken.minor]
    back = [one for one in report.tenders if one.back.minor]
    parts += [_count_and_money(pen.name(one.kind), one.taken_count, one.taken, pen) for one in taken]
    parts += [] if taken else [Words(words["nothing"])]
    parts.append(Words(words["given_back"], bold=True))
    for one in back:
        name = words["voucher_back"] if one.kind == "voucher" else pen.name(one.kind)
        parts.append(_count_and_money(name, one.back_count, one.back, pen))
    parts += [] if back else [Words(words["nothing"])]
    parts.append(Pair(words["turnover"], pen.money(_net(report.tenders, report)), bold=True))
    return [*parts, Line()]


def _net(tenders: tuple[TenderSum, ...], report: DayReport) -> Money:
    own = [one for one in tenders if one.taken.currency == report.currency]
    return Money(sum(one.taken.minor - one.back.minor for one in own), report.currency)


def _documents(name: str, found: DocumentSum, pen: _Pen) -> list[Part]:
    words = pen.words
    parts: list[Part] = [Words(words[name], bold=True)]
    numbers = f"{found.first} - {found.last}" if found.count else words["none"]
    parts += [Pair(words["numbers"], numbers), Pair(words["count"], str(found.count))]
    if not found.count:
        return [*parts, Line()]
    for rate in found.rates:
        parts.append(Words(f"{rate.rate.replace('.', words['point'])} %"))
        parts += [Pair(f"  {words['net']}", pen.money(rate.net)), Pair(f"  {words['tax']}", pen.money(rate.tax))]
    for key in ("discounts", "surcharges", "vouchers_sold", "tips"):
        amount: Money = getattr(found, key)
        if amount.minor:
            parts.append(Pair(words[key], pen.money(amount)))
    return [*parts, Pair(words["gross"], pen.money(found.gross), bold=True), Line()]


def _groups(report: DayReport, pen: _Pen) -> list[Part]:
    if not report.groups:
        return []
    rows = [
        Pair(f"{one.quantity.replace('.', pen.words['point'])} x {one.name}", pen.money(one.amount))
        for one in report.groups
    ]
    return [Words(pen.words["groups"], bold=True), *rows, Line()]


def _drawer(drawer: DrawerSum, report: DayReport, pen: _Pen) -> list[Part]:
    words = pen.words
    parts: list[Part] = [
        Words(f"{words['drawer']} {drawer.balance.currency.code}", bold=True),
        Pair(words["carried"], pen.money(drawer.carried)),
    ]
    for line in drawer.lines:
        name = words.get(f"drawer_{line.kind}", pen.name(line.kind))
        parts.append(_count_and_money(name, line.count, line.amount, pen))
    parts.append(Pair(words["balance"], pen.money(drawer.balance), bold=True))
    if drawer.counted is not None and drawer.expected is not None and drawer.difference is not None:
        parts += [
            Pair(words["expected"], pen.money(drawer.expected)),
            Pair(words["counted"], pen.money(drawer.counted)),
            Pair(words["difference"], pen.money(drawer.difference), bold=True),
        ]
    if report.left is not None and report.left.currency == drawer.balance.currency:
        parts.append(Pair(words["left"], pen.money(report.left)))
    return [*parts, Line()]


def _tries(report: DayReport, pen: _Pen) -> list[Part]:
    words, tries = pen.words, report.tries
    parts: list[Part] = [
        Words(words["tries"], bold=True),
        Pair(words["declined"], str(tries.declined)),
        Pair(words["cancelled"], str(tries.cancelled)),
        Pair(words["not_charged"], str(tries.not_charged)),
    ]
    if tries.in_doubt:
        parts.append(_count_and_money(words["in_doubt"], tries.in_doubt, tries.in_doubt_amount, pen))
    return [*parts, Pair(words["openings"], str(report.openings)), Line()]


def _running(report: DayReport, pen: _Pen) -> list[Part]:
    words, running = pen.words, report.running
    parts: list[Part] = [
        Words(words["running"], bold=True),
        Pair(words["reports"], str(running.reports)),
        Pair(words["sales"].capitalize(), str(running.sales)),
        Pair(words["taken"].capitalize(), pen.money(running.taken)),
        Pair(words["given_back"].capitalize(), pen.money(running.given_back)),
    ]
    if report.before:
        parts.append(Pair(words["before"], report.before[:_DIGEST_SHOWN]))
    return parts


def _count_and_money(name: str, count: int, amount: Money, pen: _Pen) -> Pair:
    return Pair(f"{count} x {name}", pen.money(amount))
