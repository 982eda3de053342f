"""Reads OFX 1 (SGML, where banks leave out closing tags) and OFX 2 (XML), and what calls itself QFX."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from connectors.statements.amounts import (
    NOT_NAMED,
    AmountError,
    exact_minor,
    known_currency,
    not_readable,
    plain_number,
)
from connectors.statements.bank_words import banking_day, decoded
from connectors.statements.statement import Defect, EntryStatus, PaymentFacts, Statement, StatementEntry
from gateway.domain.money import Currency, Money

BYTES_MAX = 64 * 1024 * 1024
_TOKEN = re.compile(r"<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9_.]{0,60})(?P<rest>[^<>]{0,200})>(?P<text>[^<]*)")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_DAY = re.compile(r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})")
_STATEMENTS = frozenset({"STMTRS", "CCSTMTRS", "INVSTMTRS"})
_ACCOUNTS = frozenset({"BANKACCTFROM", "CCACCTFROM", "INVACCTFROM"})
_LISTS = """OFX STMTTRNRS CCSTMTTRNRS INVSTMTTRNRS BANKTRANLIST INVTRANLIST STMTTRN LEDGERBAL AVAILBAL CURRENCY
ORIGCURRENCY PAYEE BANKACCTTO CCACCTTO SONRS STATUS FI BALLIST BAL INVBANKTRAN INVTRAN BANKTRANLISTP STMTTRNP"""
_GROUPS = frozenset(_LISTS.split()) | _STATEMENTS | _ACCOUNTS
_TRADES = re.compile(
    r"(?:BUY|SELL|REINVEST|TRANSFER|INCOME|RETOFCAP|SPLIT|CLOSUREOPT|INVEXPENSE|JRNLFUND|JRNLSEC|MARGIN)[A-Z]*"
)
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&nbsp;": " ", "&quot;": '"', "&apos;": "'"}
_ENTITY = re.compile(r"&(?:amp|lt|gt|nbsp|quot|apos|#[0-9]{1,6});")
_NODES_MAX = 4_000_000


@dataclass(slots=True)
class _Node:
    """One element: its name, text, the elements in it, and where it begins in the file."""

    name: str
    text: str
    at: int
    inside: list["_Node"] = field(default_factory=list)

    def walk(self) -> Iterator["_Node"]:
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.inside))

    def find(self, *names: str) -> "_Node | None":
        return next((node for node in self.walk() if node.name in names and node is not self), None)

    def words(self, name: str) -> str:
        found = next((node for node in self.inside if node.name == name and node.text), None)
        return found.text if found else ""


def read_ofx_statements(content: bytes) -> tuple[Statement, ...]:
    """Read every statement of a file: of banks, credit cards, and the money of investments.

    Raises:
        InputError: ``not_a_statement``, ``statement_commented_out``, ``statement_too_large``, ``statement_empty``.
    """
    if len(content) > BYTES_MAX:
        raise not_readable("statement_too_large", f"it has more than {BYTES_MAX} bytes", "Ask for a shorter period.")
    text = decoded(content)
    if "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper():
        raise not_readable("statement_hostile", "it declares entities", "No bank sends such a file; do not open it.")
    hidden = [found[0] for found in _COMMENT.finditer(text) if _TOKEN.search(found[0][4:])]
    if hidden:
        why = f"{len(hidden)} part(s) of it are commented out, so that accounts or amounts are missing"
        raise not_readable("statement_commented_out", why, "Get the file from the bank again, as it was sent.")
    start = text.upper().find("<OFX>")
    if start < 0:
        raise not_readable("not_a_statement", "it has no <OFX>", "Give a file that the bank calls OFX or QFX.")
    root = _tree(text, start)
    found = [node for node in root.walk() if node.name in _STATEMENTS]
    if not found:
        raise not_readable("statement_empty", "it has no statement", "Ask the bank for the file again.")
    lines = [at for at, sign in enumerate(text) if sign == "\n"]
    return tuple(_statement(node, lines) for node in found)


def _tree(text: str, start: int) -> _Node:
    root = _Node("", "", 0)
    stack = [root]
    count = 0
    for token in _TOKEN.finditer(_COMMENT.sub("", text[start:])):
        name, words = token["name"].upper(), _plain(token["text"])
        if token["close"]:
            if any(node.name == name for node in stack[1:]):
                while stack.pop().name != name:
                    pass
            continue
        count += 1
        if count > _NODES_MAX or len(stack) > 60:
            raise not_readable(
                "statement_hostile", "it is nested or filled beyond reason", "Ask the bank for it again."
            )
        # A new movement ends one whose closing tag is missing.
        if name == "STMTTRN" and any(node.name == "STMTTRN" for node in stack):
            while stack.pop().name != "STMTTRN":
                pass
        node = _Node(name, words, start + token.start())
        stack[-1].inside.append(node)
        if not words and (name in _GROUPS or name.endswith("MSGSRSV1") or _TRADES.fullmatch(name)):
            stack.append(node)
    return root


def _plain(text: str) -> str:
    return " ".join(_ENTITY.sub(lambda found: _sign(found[0]), text).split())


def _sign(entity: str) -> str:
    if entity.startswith("&#"):
        number = int(entity[2:-1])
        return chr(number) if 32 <= number < 0x110000 and not 0xD800 <= number < 0xE000 else ""
    return _ENTITIES[entity]


def _statement(node: _Node, lines: list[int]) -> Statement:
    currency = known_currency(node.words("CURDEF").upper())
    defects: list[Defect] = []
    if currency is None:
        defects.append(Defect("no_currency", "The statement names no currency that is known."))
    account = node.find(*_ACCOUNTS)
    number = account.words("ACCTID") if account else ""
    if not number:
        defects.append(Defect("no_account", "The statement does not name its account."))
    entries: list[StatementEntry] = []
    for found in node.walk():
        position = f"line {bisect_left(lines, found.at) + 1}"
        if found.name == "STMTTRN":
            entry = _entry(found, currency or NOT_NAMED, position, defects)
            entries += [entry] if entry is not None else []
        elif _TRADES.fullmatch(found.name) and found.inside:
            said = f"{found.name} is a trade of securities, no movement of a bank account; it was left out."
            defects.append(Defect("trade_left_out", said, position))
    balance = node.find("LEDGERBAL")
    closing = _balance(balance, currency or NOT_NAMED, defects) if balance else None
    listed = node.find("BANKTRANLIST", "INVTRANLIST")
    lost = any(defect.code == "entry_left_out" for defect in defects)
    return Statement(
        format="OFX",
        id=" ".join(part for part in (number, _digits(listed, "DTSTART"), _digits(listed, "DTEND")) if part),
        account=number,
        currency=currency,
        opening=None,
        closing=closing,
        entries=tuple(entries),
        closing_on=_day(balance.words("DTASOF")) if balance else None,
        first_day=_day(listed.words("DTSTART")) if listed else None,
        last_day=_day(listed.words("DTEND")) if listed else None,
        controls_agree=False if lost else None,
        defects=tuple(defects),
        info=account.words("BANKID") if account else "",
    )


def _digits(node: _Node | None, name: str) -> str:
    return node.words(name)[:8] if node else ""


def _balance(node: _Node, currency: Currency, defects: list[Defect]) -> Money | None:
    try:
        return _money(node.words("BALAMT"), currency)
    except AmountError as error:
        defects.append(Defect("balance_left_out", f"The balance was not taken: {error}."))
        return None


def _money(text: str, currency: Currency) -> Money:
    # The norm knows no thousands: one mark alone is that of decimals.
    both = "," in text and "." in text
    return Money(exact_minor(plain_number(text) if both else text, currency), currency)


def _day(text: str) -> date | None:
    found = _DAY.match(text)
    return banking_day(int(found["year"]), int(found["month"]), int(found["day"])) if found else None


def _entry(node: _Node, currency: Currency, position: str, defects: list[Defect]) -> StatementEntry | None:
    try:
        amount = _money(node.words("TRNAMT"), currency)
    except AmountError as error:
        said = f"The amount of a movement ({node.words('FITID') or 'without id'}) was not taken: {error}."
        defects.append(Defect("entry_left_out", said, position))
        return None
    posted, valued = _day(node.words("DTPOSTED")), _day(node.words("DTAVAIL"))
    if posted is None:
        defects.append(Defect("entry_without_date", "A movement has no date.", position))
    payee, other, kind = node.find("PAYEE"), node.find("BANKACCTTO", "CCACCTTO"), node.words("TRNTYPE").upper()
    told = tuple(f"{name} {node.words(name)}" for name in ("CHECKNUM", "SIC", "DTUSER") if node.words(name))
    facts = PaymentFacts(
        amount=amount,
        bank_ref=node.words("FITID"),
        instruction_id=node.words("REFNUM"),
        text=node.words("MEMO"),
        counterparty=node.words("NAME") or (payee.words("NAME") if payee else ""),
        account=other.words("ACCTID") if other else "",
        bic=other.words("BANKID") if other else "",
        party_id=node.words("PAYEEID"),
        bank_code=kind,
        texts=told,
    )
    facts = _with_original(facts, node)
    return StatementEntry(
        amount=amount,
        status=EntryStatus.BOOKED,
        booked_on=posted,
        value_on=valued or posted,
        facts=facts,
        position=position,
        reversal=node.words("CORRECTACTION").upper() == "DELETE",
        bank_code=kind,
        entry_ref=node.words("FITID"),
    )


def _with_original(facts: PaymentFacts, node: _Node) -> PaymentFacts:
    """Add rate and currency of the movement (``ORIGCURRENCY``): the amount is in the account's own."""
    original = node.find("ORIGCURRENCY", "CURRENCY")
    if original is None:
        return facts
    said = f"{original.name} {original.words('CURSYM')}".strip()
    return replace(facts, rate=original.words("CURRATE"), texts=(*facts.texts, said))
