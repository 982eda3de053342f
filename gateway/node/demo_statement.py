"""The bank statement of the demo shop: what its desk has to explain on the first day, made here and taken in once.

A card payout less its fee, a customer's invoice and a supplier's are plain. An invoice of which somebody
else pays less, the bank's own fee and a payment that nobody knows are left to people.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from xml.sax.saxutils import escape

from gateway.configuration.settings import Settings
from gateway.domain.access import ROLE_PERMISSIONS, Caller, Role
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.money import Currency, Money
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage
from gateway.services.bank.hand_in_items import HandedItem
from gateway.web.bank.line_services import LineServices

_EUR = "EUR"
_FILE = "sample-statement.xml"
_SYSTEM = "demo"


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the statement. ``amount``: signed; ``days``: how long ago it was booked."""

    days: int
    amount: str
    name: str
    text: str


_PAYOUT, _MILL = "Nordpay Acquiring", "Papier und Becher KG"
_LINES = (
    _Line(3, "479.15", _PAYOUT, "Card sales NP-2041"),
    _Line(3, "238.00", "Kanzlei Brandt", "Invoice RE-2026-0311"),
    _Line(2, "-187.43", _MILL, "RE 39987"),
    _Line(2, "357.00", "Lotus Verwaltung GmbH", "RE-2026-0307"),
    _Line(1, "73.20", "Hausverein Linde", "As agreed"),
    _Line(1, "-14.90", "Virtual bank", "Account fee"),
)
_ITEMS = (
    ("NP-2041", "486.20", _PAYOUT),
    ("RE-2026-0311", "238.00", "Kanzlei Brandt"),
    ("RE 39987", "-187.43", _MILL),
    ("RE-2026-0307", "420.00", "Yoga Studio Lotus"),
)
"""What is open in the shop's other system: document, amount and party."""


def seed_demo_statement(settings: Settings, storage: Storage, clock: Clock, lines: LineServices) -> None:
    """Take the demo's statement in and match it, where it is wanted and no statement has come yet."""
    own = next((one for one in settings.payables.accounts if one.iban and one.currency == _EUR), None)
    if not settings.demo.enabled or not settings.demo.statement or own is None:
        return
    here = (TenantId(settings.shop.tenant), StoreId(settings.shop.store))
    with storage.read() as unit:
        known = unit.bank_statements.accounts(*here)
        treasurer = next((one for one in unit.access.people(*here) if one.demo and one.role is Role.TREASURER), None)
    if known or treasurer is None:
        return
    who = Caller(*here, treasurer.id, treasurer.login, ROLE_PERMISSIONS[treasurer.role])
    today = clock.now().astimezone(settings.shop.zone()).date()
    lines.items.put(who, sample_items(today), _SYSTEM)
    lines.imports.take(who, _FILE, sample_statement(own.iban, Decimal(own.opening), today), {})
    # Here and not by the lane: what the first visitor sees does not change under their eyes.
    lines.match.run(who)


def sample_items(today: date) -> list[HandedItem]:
    """Return the open items that the statement is about."""
    return [
        HandedItem(
            id=document,
            amount=Money.from_decimal(amount, Currency.of(_EUR)),
            issued=today - timedelta(days=20),
            due=today - timedelta(days=2),
            party=party.casefold().replace(" ", "-"),
            party_name=party,
            document=document,
        )
        for document, amount, party in _ITEMS
    ]


def sample_statement(iban: str, closing: Decimal, today: date) -> bytes:
    """Return the statement as camt.053.001.08.

    Args:
        iban: the account.
        closing: what is on it when the statement of its bank goes on.
        today: the lines are of the days before.
    """
    opening = closing - sum(Decimal(one.amount) for one in _LINES)
    first, last = (today - timedelta(days=days) for days in (_LINES[0].days, _LINES[-1].days))
    entries = "".join(_entry(number, one, today) for number, one in enumerate(_LINES, start=1))
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
<GrpHdr><MsgId>DEMO-{last:%Y%m%d}</MsgId><CreDtTm>{last}T20:00:00Z</CreDtTm></GrpHdr>
<Stmt><Id>DEMO-{last:%Y%m%d}</Id><CreDtTm>{last}T20:00:00Z</CreDtTm>
<FrToDt><FrDtTm>{first}T00:00:00Z</FrDtTm><ToDtTm>{last}T20:00:00Z</ToDtTm></FrToDt>
<Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>{_EUR}</Ccy></Acct>
{_balance("OPBD", opening, first)}{_balance("CLBD", closing, last)}{entries}</Stmt></BkToCstmrStmt></Document>
""".encode()


def _balance(code: str, amount: Decimal, day: date) -> str:
    return f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{_amount(amount)}<Dt><Dt>{day}</Dt></Dt></Bal>\n"


def _entry(number: int, line: _Line, today: date) -> str:
    day, amount = today - timedelta(days=line.days), Decimal(line.amount)
    party = "Cdtr" if amount < 0 else "Dbtr"
    return (
        f"<Ntry>{_amount(amount)}<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>"
        f"<AcctSvcrRef>DEMO{number:04}</AcctSvcrRef><NtryDtls><TxDtls>"
        f"<RltdPties><{party}><Pty><Nm>{escape(line.name)}</Nm></Pty></{party}></RltdPties>"
        f"<RmtInf><Ustrd>{escape(line.text)}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>\n"
    )


def _amount(amount: Decimal) -> str:
    direction = "DBIT" if amount < 0 else "CRDT"
    return f'<Amt Ccy="{_EUR}">{abs(amount):.2f}</Amt><CdtDbtInd>{direction}</CdtDbtInd>'
