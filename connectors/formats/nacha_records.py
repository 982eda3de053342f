"""The records of NACHA files, each of 94 characters (NACHA operating rules, appendix three)."""

from datetime import date

from gateway.domain.payables.payment_order import BankAccount

RECORD_LENGTH = 94
BLOCKING = 10
_HASH_DIGITS = 10
_FILLER = "9" * RECORD_LENGTH


class Counted:
    """Running totals of a batch or file: entries with addenda, sum of routing numbers, debits and credits in cents."""

    def __init__(self) -> None:
        self.entries = 0
        self.routing_sum = 0
        self.debit_minor = 0
        self.credit_minor = 0

    def add(self, routing: str, *, debit_minor: int = 0, credit_minor: int = 0, addenda: int = 0) -> None:
        """Count one entry with its addenda; the sum takes the first eight digits of the routing number."""
        self.entries += 1 + addenda
        self.routing_sum += int(routing[:8])
        self.debit_minor += debit_minor
        self.credit_minor += credit_minor

    def merge(self, other: "Counted") -> None:
        """Count a whole batch."""
        self.entries += other.entries
        self.routing_sum += other.routing_sum
        self.debit_minor += other.debit_minor
        self.credit_minor += other.credit_minor

    @property
    def entry_hash(self) -> str:
        """The last ten digits of the sum of routing numbers."""
        return f"{self.routing_sum % 10**_HASH_DIGITS:010}"


def file_header(account: BankAccount, moment: str, letter: str, reference: str) -> str:
    """Return record 1. ``moment``: YYMMDDhhmm; ``letter``: tells files of one day apart."""
    origin = text(account.initiating_id, 10, right=True)
    return (
        f"101 {account.clearing_member}{origin}{moment}{letter}094101"
        f"{text(account.name, 23)}{text(account.holder, 23)}{text(reference, 8)}"
    )


def batch_header(account: BankAccount, service: str, kind: str, shown: str, on: date, number: int) -> str:
    """Return record 5. ``service``: 200 mixed or 220 credits only; ``kind``: entry class; ``shown``: to the payee."""
    return (
        f"5{service}{text(account.holder, 16)}{' ' * 20}{text(account.initiating_id, 10)}{kind}{text(shown, 10)}"
        f"{'':6}{on:%y%m%d}{'':3}1{account.clearing_member[:8]}{number:07}"
    )


def entry(
    code: str,
    routing: str,
    number: str,
    amount_minor: int,
    identifier: str,
    name: str,
    trace: str,
    *,
    has_addenda: bool = False,
) -> str:
    """Return record 6. ``code``: transaction code; ``trace``: own bank's eight digits and a number that rises."""
    return (
        f"6{code}{routing}{text(number, 17)}{amount_minor:010}{text(identifier, 15)}{text(name, 22)}{'':2}"
        f"{1 if has_addenda else 0}{trace}"
    )


def addenda(words: str, number: int, sequence: int) -> str:
    """Return record 7 of type 05. ``sequence``: the last seven digits of the entry's trace number."""
    return f"705{text(words, 80)}{number:04}{sequence % 10**7:07}"


def batch_control(account: BankAccount, service: str, counted: Counted, number: int) -> str:
    """Return record 8."""
    return (
        f"8{service}{counted.entries:06}{counted.entry_hash}{counted.debit_minor:012}{counted.credit_minor:012}"
        f"{text(account.initiating_id, 10)}{'':25}{account.clearing_member[:8]}{number:07}"
    )


def file_control(counted: Counted, batches: int, records: int) -> str:
    """Return record 9. ``records``: of the file with this one."""
    blocks = -(-records // BLOCKING)
    return (
        f"9{batches:06}{blocks:06}{counted.entries:08}{counted.entry_hash}{counted.debit_minor:012}"
        f"{counted.credit_minor:012}{'':39}"
    )


def filled(records: list[str]) -> bytes:
    """Return the records as bytes, filled up to whole blocks."""
    missing = -len(records) % BLOCKING
    lines = [*records, *[_FILLER] * missing]
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def text(words: str, length: int, *, right: bool = False) -> str:
    """Return words in capital or small ASCII letters, cut or filled to a length."""
    plain = "".join(sign if " " <= sign <= "~" else " " for sign in words)[:length]
    return plain.rjust(length) if right else plain.ljust(length)
