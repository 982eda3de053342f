"""What the virtual bank writes: pain.002.001.10, camt.054.001.08 and camt.053.001.08, as plain text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from xml.sax.saxutils import escape

from gateway.domain.money import Currency, Money

_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"


@dataclass(frozen=True, slots=True)
class PaymentStatus:
    """Status of one payment. ``name``: of the payee as the bank knows it, or empty."""

    end_to_end_id: str
    status: str
    reason: str = ""
    words: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Booking:
    """One movement on the account. ``minor``: below 0 for a debit; ``reason``: of a return, or empty.

    ``charge_minor``: taken beside it, >= 0; ``batch``: end-to-end id and amount of each payment of a block's sum;
    ``ordered_minor``, ``ordered_currency``: of the order when that is another currency, else 0 and empty.
    """

    reference: str
    minor: int
    currency: str
    booked_on: str
    end_to_end_id: str
    block_id: str
    payee: str
    text: str
    reason: str = ""
    charge_minor: int = 0
    batch: int = 0
    ordered_minor: int = 0
    ordered_currency: str = ""


def status_report(
    message_id: str,
    at: datetime,
    *,
    about: str,
    group: str = "",
    reason: str = "",
    words: str = "",
    payments: Iterable[PaymentStatus] = (),
    block_id: str = "",
) -> bytes:
    """Return a pain.002: ``group``: status of the whole file, or empty; ``about``: message id of the file."""
    own = "".join(_payment_status(one) for one in payments)
    group_status = f"<GrpSts>{group}</GrpSts>" if group else ""
    block = f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{escape(block_id)}</OrgnlPmtInfId>{own}</OrgnlPmtInfAndSts>"
    return _document(
        "pain.002.001.10",
        f"<CstmrPmtStsRpt><GrpHdr><MsgId>{message_id}</MsgId><CreDtTm>{_moment(at)}</CreDtTm></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{escape(about)}</OrgnlMsgId><OrgnlMsgNmId>pain.001</OrgnlMsgNmId>"
        f"{group_status}{_reason(reason, words)}</OrgnlGrpInfAndSts>{block if own else ''}</CstmrPmtStsRpt>",
    )


def notification(message_id: str, at: datetime, account: str, bookings: Sequence[Booking]) -> bytes:
    """Return a camt.054 of what was booked."""
    entries = "".join(_entry(booking) for booking in bookings)
    return _document(
        "camt.054.001.08",
        f"<BkToCstmrDbtCdtNtfctn><GrpHdr><MsgId>{message_id}</MsgId><CreDtTm>{_moment(at)}</CreDtTm></GrpHdr>"
        f"<Ntfctn><Id>{message_id}</Id><CreDtTm>{_moment(at)}</CreDtTm>{_account(account)}{entries}</Ntfctn>"
        "</BkToCstmrDbtCdtNtfctn>",
    )


def statement(
    message_id: str,
    at: datetime,
    account: str,
    bookings: Sequence[Booking],
    *,
    day: date,
    opening: Money,
    number: int,
) -> bytes:
    """Return a camt.053 of one day: balances and bookings; ``number``: of the statement."""
    moved = sum(booking.minor - booking.charge_minor for booking in bookings)
    closing = Money(opening.minor + moved, opening.currency)
    entries = "".join(_entry(booking) for booking in bookings)
    return _document(
        "camt.053.001.08",
        f"<BkToCstmrStmt><GrpHdr><MsgId>{message_id}</MsgId><CreDtTm>{_moment(at)}</CreDtTm></GrpHdr>"
        f"<Stmt><Id>{message_id}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb><CreDtTm>{_moment(at)}</CreDtTm>"
        f"{_account(account)}{_balance('OPBD', opening, day)}{_balance('CLBD', closing, day)}{entries}</Stmt>"
        "</BkToCstmrStmt>",
    )


def _payment_status(one: PaymentStatus) -> str:
    name = f"<OrgnlTxRef><Cdtr><Pty><Nm>{escape(one.name)}</Nm></Pty></Cdtr></OrgnlTxRef>" if one.name else ""
    return (
        f"<TxInfAndSts><OrgnlEndToEndId>{escape(one.end_to_end_id)}</OrgnlEndToEndId><TxSts>{one.status}</TxSts>"
        f"{_reason(one.reason, one.words)}{name}</TxInfAndSts>"
    )


def _reason(code: str, words: str) -> str:
    if not code:
        return ""
    more = f"<AddtlInf>{escape(words[:105])}</AddtlInf>" if words else ""
    return f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn>{more}</StsRsnInf>"


def _entry(booking: Booking) -> str:
    currency = Currency.of(booking.currency)
    whole = booking.minor - booking.charge_minor
    way = "DBIT" if whole < 0 else "CRDT"
    charges = ""
    if booking.charge_minor:
        charged = Money(booking.charge_minor, currency).to_decimal()
        charges = f'<Chrgs><TtlChrgsAndTaxAmt Ccy="{currency.code}">{charged}</TtlChrgsAndTaxAmt></Chrgs>'
    kind = "RRTN" if booking.reason else "ESCT"
    family = "RCDT" if booking.reason else "ICDT"
    code = f"<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>{family}</Cd><SubFmlyCd>{kind}</SubFmlyCd></Fmly></Domn></BkTxCd>"
    exchange = ""
    if booking.batch:
        details = f"<Btch><PmtInfId>{escape(booking.block_id)}</PmtInfId><NbOfTxs>{booking.batch}</NbOfTxs></Btch>"
        exchange = _exchange(booking, currency)
    else:
        details = _details(booking, currency, charges)
    return (
        f"<Ntry>{_amount(abs(whole), currency)}<CdtDbtInd>{way}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{booking.booked_on}</Dt></BookgDt><ValDt><Dt>{booking.booked_on}</Dt></ValDt>"
        f"<AcctSvcrRef>{booking.reference}</AcctSvcrRef>{code}{exchange}<NtryDtls>{details}</NtryDtls></Ntry>"
    )


def _details(booking: Booking, currency: Currency, charges: str) -> str:
    way = "DBIT" if booking.minor < 0 else "CRDT"
    returned = f"<RtrInf><Rsn><Cd>{booking.reason}</Cd></Rsn></RtrInf>" if booking.reason else ""
    text = f"<RmtInf><Ustrd>{escape(booking.text[:140])}</Ustrd></RmtInf>" if booking.text else ""
    return (
        f"<TxDtls><Refs><AcctSvcrRef>{booking.reference}</AcctSvcrRef><PmtInfId>{escape(booking.block_id)}</PmtInfId>"
        f"<EndToEndId>{escape(booking.end_to_end_id)}</EndToEndId></Refs>{_amount(abs(booking.minor), currency)}"
        f"<CdtDbtInd>{way}</CdtDbtInd>{_exchange(booking, currency)}{charges}"
        f"<RltdPties><Cdtr><Pty><Nm>{escape(booking.payee)}</Nm></Pty></Cdtr></RltdPties>{text}{returned}</TxDtls>"
    )


def _exchange(booking: Booking, currency: Currency) -> str:
    if not booking.ordered_currency:
        return ""
    ordered = Currency.of(booking.ordered_currency)
    booked, asked = (Decimal(Money(abs(minor), of).to_decimal()) for minor, of in _sides(booking, currency, ordered))
    rate = (booked / asked).quantize(Decimal("0.000001"))
    exchange = (
        f"<CcyXchg><SrcCcy>{ordered.code}</SrcCcy><TrgtCcy>{currency.code}</TrgtCcy><UnitCcy>{ordered.code}</UnitCcy>"
        f"<XchgRate>{rate}</XchgRate></CcyXchg>"
    )
    return (
        f"<AmtDtls><InstdAmt>{_amount(booking.ordered_minor, ordered)}</InstdAmt>"
        f"<TxAmt>{_amount(abs(booking.minor), currency)}{exchange}</TxAmt></AmtDtls>"
    )


def _sides(booking: Booking, currency: Currency, ordered: Currency) -> tuple[tuple[int, Currency], ...]:
    return (booking.minor, currency), (booking.ordered_minor, ordered)


def _amount(minor: int, currency: Currency) -> str:
    return f'<Amt Ccy="{currency.code}">{Money(minor, currency).to_decimal()}</Amt>'


def _balance(code: str, amount: Money, day: date) -> str:
    way = "DBIT" if amount.minor < 0 else "CRDT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{_amount(abs(amount.minor), amount.currency)}"
        f"<CdtDbtInd>{way}</CdtDbtInd><Dt><Dt>{day.isoformat()}</Dt></Dt></Bal>"
    )


def _account(account: str) -> str:
    iban = len(account) >= 15 and account[:2].isalpha()
    return f"<Acct><Id>{f'<IBAN>{account}</IBAN>' if iban else f'<Othr><Id>{escape(account)}</Id></Othr>'}</Id></Acct>"


def _moment(at: datetime) -> str:
    return at.replace(microsecond=0).isoformat()


def _document(kind: str, body: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{_NAMESPACE}{kind}">{body}</Document>\n'
    ).encode()
