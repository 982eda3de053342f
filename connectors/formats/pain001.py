"""Credit transfer files: pain.001.001.03 and pain.001.001.09 for SEPA, instant, Swiss and cross-border payments.

Written as text, part by part: the shape is small and fixed, and thousands of payments are to be written in moments. The
same orders give the same bytes. What may not be written is for :mod:`connectors.formats.rules` to say, before.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple

from connectors.formats.bank_profiles import BankProfile
from connectors.formats.file_plan import block_ids
from connectors.formats.order_checks import Checked
from connectors.formats.pain001_parts import (
    agent_of_account,
    agent_of_payee,
    name_in,
    party_address,
    remittance,
    tag,
)
from connectors.formats.transliterate import language_of
from gateway.domain.money import Money
from gateway.domain.payables.payment_order import BankAccount, Instrument, PaymentOrder

_SEPA = frozenset({Instrument.SEPA, Instrument.SEPA_INSTANT})


class _BlockKey(NamedTuple):
    """What all payments of one block share."""

    instrument: Instrument
    execute_on: date
    currency: str
    charges: str


def write_pain001(
    profile: BankProfile, message_id: str, created_at: datetime, account: BankAccount, orders: Sequence[PaymentOrder]
) -> bytes:
    """Return the file, UTF-8, one line.

    Args:
        profile: of the bank; its format is the version that is written.
        message_id: ``MsgId``, at most 35 characters.
        created_at: ``CreDtTm``, UTC, whole seconds.
        account: pays.
        orders: passed :func:`connectors.formats.rules.problems`; at least one.
    """
    blocks = pain001_blocks(message_id, orders)
    currencies = {order.amount.currency.code for order in orders}
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{profile.format}"><CstmrCdtTrfInitn>',
        f"<GrpHdr><MsgId>{message_id}</MsgId><CreDtTm>{created_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}</CreDtTm>",
        f"<NbOfTxs>{len(orders)}</NbOfTxs>",
        # A sum over several currencies means nothing: it is left out where a file has them.
        tag("CtrlSum", _total(orders)) if len(currencies) == 1 else "",
        f"<InitgPty>{_holder(profile, account)}{_initiator(account)}</InitgPty></GrpHdr>",
    ]
    for block_id, members in blocks:
        parts.append(_block_head(profile, account, block_id, members))
        write_one = _transaction_writer(profile, account, members[0].instrument)
        parts.extend(write_one(order) for order in members)
        parts.append("</PmtInf>")
    parts.append("</CstmrCdtTrfInitn></Document>")
    return "".join(parts).encode()


def pain001_blocks(message_id: str, orders: Sequence[PaymentOrder]) -> tuple[tuple[str, tuple[PaymentOrder, ...]], ...]:
    """Return ``PmtInfId`` and orders of each block, in the order of their first payments."""
    groups: dict[_BlockKey, list[PaymentOrder]] = {}
    for order in orders:
        charges = order.charges if order.instrument is Instrument.CROSS_BORDER else ""
        key = _BlockKey(order.instrument, order.execute_on, order.amount.currency.code, charges)
        groups.setdefault(key, []).append(order)
    ids = block_ids(message_id, len(groups))
    return tuple((block_id, tuple(members)) for block_id, members in zip(ids, groups.values(), strict=True))


def _block_head(profile: BankProfile, account: BankAccount, block_id: str, members: tuple[PaymentOrder, ...]) -> str:
    first = members[0]
    day = first.execute_on.isoformat()
    latest = profile.format == "pain.001.001.09"
    kind = ""
    if first.instrument in _SEPA:
        local = "<LclInstrm><Cd>INST</Cd></LclInstrm>" if first.instrument is Instrument.SEPA_INSTANT else ""
        kind = f"<PmtTpInf><SvcLvl><Cd>SEPA</Cd></SvcLvl>{local}</PmtTpInf>"
    charges = {Instrument.SWISS: "", Instrument.CROSS_BORDER: first.charges}.get(first.instrument, "SLEV")
    number = tag("IBAN", account.iban) if account.iban else f"<Othr>{tag('Id', account.other_id)}</Othr>"
    currency = tag("Ccy", account.currency) if profile.account_currency else ""
    return "".join(
        (
            f"<PmtInf><PmtInfId>{block_id}</PmtInfId><PmtMtd>TRF</PmtMtd>",
            f"<BtchBookg>{'true' if profile.batch_booking else 'false'}</BtchBookg>",
            f"<NbOfTxs>{len(members)}</NbOfTxs><CtrlSum>{_total(members)}</CtrlSum>{kind}",
            f"<ReqdExctnDt><Dt>{day}</Dt></ReqdExctnDt>" if latest else f"<ReqdExctnDt>{day}</ReqdExctnDt>",
            f"<Dbtr>{_holder(profile, account)}{party_address(profile, account.address, language_of(account.country))}",
            f"</Dbtr><DbtrAcct><Id>{number}</Id>{currency}</DbtrAcct>",
            agent_of_account(profile, account),
            tag("ChrgBr", charges) if charges else "",
        )
    )


def _transaction_writer(
    profile: BankProfile, account: BankAccount, instrument: Instrument
) -> Callable[[PaymentOrder], str]:
    """Return what writes one payment of a block, with everything the block decides already known."""
    latest = profile.format == "pain.001.001.09"

    def write_one(order: PaymentOrder) -> str:
        payee = order.payee
        uetr = f"<UETR>{order.uetr}</UETR>" if latest and order.uetr else ""
        owner = ""
        if order.ultimate_debtor:
            owner = f"<UltmtDbtr>{name_in(profile, order.ultimate_debtor, payee.language)}</UltmtDbtr>"
        number = tag("IBAN", payee.iban) if payee.iban else f"<Othr>{tag('Id', payee.other_id)}</Othr>"
        kind = f"<Tp>{tag('Cd', payee.account_type)}</Tp>" if payee.account_type and profile.account_type else ""
        return (
            f"<CdtTrfTxInf><PmtId><InstrId>{order.end_to_end_id}</InstrId>"
            f"<EndToEndId>{order.end_to_end_id}</EndToEndId>{uetr}</PmtId>"
            f'<Amt><InstdAmt Ccy="{order.amount.currency.code}">{order.amount.to_decimal()}</InstdAmt></Amt>'
            f"{owner}{agent_of_payee(profile, instrument, payee)}"
            f"<Cdtr>{name_in(profile, payee.name, payee.language)}{address_of(order)}</Cdtr>"
            f"<CdtrAcct><Id>{number}</Id>{kind}</CdtrAcct>"
            f"{f'<Purp><Cd>{order.purpose}</Cd></Purp>' if order.purpose else ''}"
            f"{remittance(profile, order)}</CdtTrfTxInf>"
        )

    def address_of(order: PaymentOrder) -> str:
        if not Checked(profile, account, order).writes_address:
            return ""
        return party_address(profile, order.payee.address, order.payee.language)

    return write_one


def _holder(profile: BankProfile, account: BankAccount) -> str:
    return name_in(profile, account.holder, language_of(account.country))


def _initiator(account: BankAccount) -> str:
    if not account.initiating_id:
        return ""
    return f"<Id><OrgId><Othr>{tag('Id', account.initiating_id)}</Othr></OrgId></Id>"


def _total(orders: Sequence[PaymentOrder]) -> str:
    return Money(sum(order.amount.minor for order in orders), orders[0].amount.currency).to_decimal()
