"""Papers of credit: a voucher with its code, and the code of a bank transfer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from gateway.domain.bank.epc_qr import parse_epc
from gateway.domain.bank.iban import iban_in_groups
from gateway.domain.bank.swiss_qr import parse_swiss
from gateway.domain.bank.transfer_order import TransferOrder, TransferStandard
from gateway.domain.credit.voucher import Voucher, VoucherKind
from gateway.domain.credit.voucher_code import VoucherCode, in_groups
from gateway.domain.money import Money
from gateway.domain.printing.paper import Code, Gap, Line, Pair, Paper, Part, Words

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "voucher": "VOUCHER",
        "store_credit": "STORE CREDIT",
        "worth": "Worth",
        "last_day": "Good until",
        "keep": "Keep this paper: who shows the code may spend it.",
        "transfer": "PAY BY BANK TRANSFER",
        "scan": "Scan the code with your banking app, or copy the fields.",
        "copy_fields": "Copy these fields into your banking app.",
        "amount": "Amount",
        "to": "To",
        "reference": "Reference",
        "pay_until": "Pay until",
        "copy": "COPY",
    },
    "de": {
        "voucher": "GUTSCHEIN",
        "store_credit": "GUTHABEN",
        "worth": "Wert",
        "last_day": "Gültig bis",
        "keep": "Bitte aufbewahren: wer den Code zeigt, kann ihn einlösen.",
        "transfer": "PER ÜBERWEISUNG ZAHLEN",
        "scan": "Scannen Sie den Code mit Ihrer Banking-App, oder übertragen Sie die Felder.",
        "copy_fields": "Übertragen Sie diese Felder in Ihre Banking-App.",
        "amount": "Betrag",
        "to": "An",
        "reference": "Referenz",
        "pay_until": "Zahlen bis",
        "copy": "KOPIE",
    },
}


@dataclass(frozen=True, slots=True)
class CreditPapers:
    """Writes the papers. ``language``: ``en`` or ``de``; ``zone``: the shop's."""

    language: str
    zone: tzinfo

    def voucher(self, voucher: Voucher, left: Money, code: VoucherCode, *, again: bool) -> Paper:
        """Return the paper of a voucher with its code; ``again``: it was printed or told before."""
        name = "voucher" if voucher.kind is VoucherKind.VOUCHER else "store_credit"
        parts: list[Part] = [
            Words(self._say(name), centred=True, bold=True, big=True),
            Gap(),
            Pair(self._say("worth"), _figure(left), bold=True),
        ]
        if voucher.expires_at is not None:
            # The last day is the one that ends when it expires.
            parts.append(Pair(self._say("last_day"), self._day(voucher.expires_at - timedelta(microseconds=1))))
        parts += [
            Line(),
            Code(code),
            Words(in_groups(code), centred=True, bold=True, big=True),
            Line(),
            Words(self._say("keep"), centred=True),
        ]
        paper = Paper(f"{self._say(name)} ..{voucher.code_end}", tuple(parts), headed=True)
        return paper.as_copy(self._say("copy")) if again else paper

    def transfer(self, order: TransferOrder) -> Paper:
        """Return the paper by which a transfer is made.

        A Swiss code has a cross in its middle, which printers of receipts do not draw: of it there are the fields only.
        """
        drawn = order.standard is TransferStandard.EPC
        name, iban = _payee(order)
        reference = " ".join(order.reference[at : at + 4] for at in range(0, len(order.reference), 4))
        parts: list[Part] = [
            Words(self._say("transfer"), centred=True, bold=True),
            Pair(self._say("amount"), _figure(order.amount), bold=True),
            Line(),
            Words(self._say("scan" if drawn else "copy_fields")),
            *((Code(order.payload),) if drawn else ()),
            Pair(self._say("to"), name),
            Words(f"IBAN {iban}"),
            Words(f"{self._say('reference')} {reference}"),
            Line(),
            Pair(self._say("pay_until"), self._day(order.expires_at)),
        ]
        return Paper(f"{self._say('transfer')} {order.reference}", tuple(parts), headed=True)

    def _say(self, key: str) -> str:
        return _WORDS.get(self.language, _WORDS["en"])[key]

    def _day(self, when: datetime) -> str:
        local = when.astimezone(self.zone)
        return f"{local:%d.%m.%Y}" if self.language == "de" else f"{local:%Y-%m-%d}"


def _figure(amount: Money) -> str:
    return f"{amount.currency.code} {amount.to_decimal()}"


def _payee(order: TransferOrder) -> tuple[str, str]:
    """Read name and account out of the code itself, so that both always say the same."""
    if order.standard is TransferStandard.EPC:
        epc = parse_epc(order.payload)
        return epc.name, iban_in_groups(epc.iban)
    bill = parse_swiss(order.payload)
    return bill.creditor.name, iban_in_groups(bill.iban)
