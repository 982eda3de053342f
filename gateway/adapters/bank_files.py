"""Files for banks and messages of banks: the ports over the formats, by the profile of each account."""

import re
from collections.abc import Callable, Sequence
from datetime import date

from connectors.formats.bank_profiles import NACHA, BankProfiles
from connectors.formats.camt import read_camt
from connectors.formats.camt_report import report_of
from connectors.formats.file_plan import files_of
from connectors.formats.message_xml import unreadable
from connectors.formats.nacha import nacha_blocks, write_nacha
from connectors.formats.nacha_reader import read_nacha
from connectors.formats.order_checks import Days, id_findings
from connectors.formats.pain001 import pain001_blocks, write_pain001
from connectors.formats.pain002 import read_pain002
from connectors.formats.rules import problems
from connectors.formats.transliterate import transliterate
from gateway.domain.errors import InputError
from gateway.domain.payables.payment_order import BankAccount, PaymentOrder
from gateway.ports.bank_files import BankReport, BankTerms, FileWish, OrderProblem

_ROOT = re.compile(rb"<(?:[A-Za-z0-9_.-]{1,40}:)?(CstmrPmtStsRpt|pain\.002\.001\.02|BkToCstmr[A-Za-z0-9]{1,40})[\s>/]")
# Some systems send returns without the header of the file, or of the batch.
_NACHA = re.compile(rb"(?:1[0-9 ]{2}|5[0-9]{3}|6[0-9]{11})[^<\r\n]{20,91}\r?\n")
_HEAD_BYTES = 8_192


class ProfiledBankFiles:
    """Writes files by bank profile; implements :class:`gateway.ports.bank_files.BankFileWriter`.

    Args:
        profiles: built-in ones, and those of the operator.
    """

    def __init__(self, profiles: BankProfiles) -> None:
        self._profiles = profiles

    def terms(self, account: BankAccount) -> BankTerms:
        """Return times and ways of the account's profile."""
        profile = self._profiles.named(account.profile)
        return BankTerms(
            instruments=profile.instruments,
            cut_off=profile.cut_off,
            zone=profile.zone,
            lead_days=profile.lead_days,
            days_ahead=profile.days_ahead,
            calendar=profile.calendar,
            charges=profile.charges,
            orders_max=profile.orders_max,
            batch_booking=profile.batch_booking,
        )

    def problems(
        self, account: BankAccount, orders: Sequence[PaymentOrder], *, today: date, closed: Callable[[date], bool]
    ) -> tuple[OrderProblem, ...]:
        """Return everything that is wrong, before a file is written."""
        profile = self._profiles.named(account.profile)
        known: dict[date, bool] = {}

        def closed_once(day: date) -> bool:
            # Thousands of orders share a few dates; a calendar may be slow.
            found = known.get(day)
            if found is None:
                found = known[day] = closed(day)
            return found

        return problems(profile, account, orders, days=Days(today, closed_once))

    def files_of(
        self, account: BankAccount, orders: Sequence[PaymentOrder]
    ) -> tuple[tuple[str, tuple[PaymentOrder, ...]], ...]:
        """Return format and orders of each file, by day, currency and size."""
        return files_of(self._profiles.named(account.profile), orders)

    def blocks_of(self, wish: FileWish) -> tuple[tuple[str, tuple[PaymentOrder, ...]], ...]:
        """Return id and orders of each block, as :meth:`write` writes them."""
        if self._profiles.named(wish.account.profile).format == NACHA:
            return nacha_blocks(wish.message_id, wish.orders)
        return pain001_blocks(wish.message_id, wish.orders)

    def write(self, wish: FileWish) -> bytes:
        """Return the file; refuse what the rules refuse, except dates: a file may be written again later."""
        profile = self._profiles.named(wish.account.profile)
        if not wish.orders:
            raise _not_writable("it would have no payment")
        for finding in id_findings("message_id", wish.message_id):
            raise _not_writable(finding.message)
        found = problems(profile, wish.account, wish.orders, days=None)
        if found:
            first = found[0]
            raise _not_writable(f"{first.field}: {first.message}", first.hint)
        return self.write_again(wish)

    def write_again(self, wish: FileWish) -> bytes:
        """Return the file without asking the rules."""
        profile = self._profiles.named(wish.account.profile)
        if wish.format != profile.format:
            raise _not_writable(f"the bank profile writes {profile.format}, not {wish.format[:40]!r}")
        write = write_nacha if profile.format == NACHA else write_pain001
        return write(profile, wish.message_id, wish.created_at, wish.account, wish.orders)

    def as_written(self, account: BankAccount, text: str, language: str) -> str:
        """Return a text in the bank's characters."""
        return transliterate(text, language, self._profiles.named(account.profile).characters)


class BankMessages:
    """Reads what banks send; implements :class:`gateway.ports.bank_files.BankMessageReader`. Keeps no state."""

    def read(self, content: bytes, name: str) -> BankReport:
        """Return what a message says; its kind is known by what is in it, the name is not believed."""
        del name
        if _NACHA.match(content):
            return read_nacha(content)
        head = content[:_HEAD_BYTES]
        # A message in UTF-16 has a zero beside each letter of its names.
        found = _ROOT.search(head.replace(b"\x00", b"") if head[:2] in {b"\xff\xfe", b"\xfe\xff"} else head)
        if found is None:
            raise unreadable("it is neither a status report nor an account message")
        if found[1].startswith(b"BkToCstmr"):
            return report_of(read_camt(content))
        return read_pain002(content)


def _not_writable(reason: str, hint: str = "Build the run again.") -> InputError:
    return InputError("order_not_writable", f"The file cannot be written: {reason}", hint)
