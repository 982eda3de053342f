"""How quickly bank files are checked and written, beside a public writer on the same payments in the same process.

A part of the bench of payables, which prints the figures. The public writer (sepaxml) belongs to the test packages;
where it is missing only our own figures are measured.
"""

import importlib.util
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bench.figures import Figure, Goal
from connectors.formats.bank_profiles import BankProfiles
from connectors.formats.pain001_reader import read_pain001
from connectors.formats.transliterate import written
from gateway.adapters.bank_files import ProfiledBankFiles
from gateway.domain.payables.payment_order import PaymentOrder
from gateway.ports.bank_files import FileWish
from tests.support.bank_orders import CREATED_AT, EURO_ACCOUNT, TODAY, order, payee

PAYMENTS = 5_000
ORDERS = 10_000
ROUNDS = 5
GOAL_S = 1.5
"""Orders checked by every rule, planned into files and written."""


def writer_figures(payments: int = PAYMENTS, orders: int = ORDERS, rounds: int = ROUNDS) -> tuple[Figure, ...]:
    """Measure both writers in turns, the best round of each counts: the machine is shared.

    Args:
        payments: written by both.
        orders: checked and written by ours alone.
        rounds: of each.
    """
    few, many = _orders(payments), _orders(orders)
    whole = statistics.median(_seconds(lambda: _checked_and_written(many)) for _ in range(rounds))
    figures = [
        Figure("bank_file", f"{orders} orders checked and written", whole, "s", Goal.most(GOAL_S)),
    ]
    if importlib.util.find_spec("sepaxml") is None:
        remark = "sepaxml is not installed: the test packages bring it"
        return (*figures, Figure("bank_file_ratio", f"{payments} payments beside sepaxml", None, remark=remark))
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(_seconds(lambda: _checked_and_written(few)))
        theirs.append(_seconds(lambda: _written_by_sepaxml(few)))
    ratio = min(theirs) / min(ours)
    said = f"sepaxml, {min(theirs):.2f} s without checks of its own; ours {min(ours):.2f} s with all rules"
    return (
        *figures,
        Figure("bank_file_ratio", f"{payments} payments, times quicker", ratio, goal=Goal.least(1.0), baseline=said),
    )


def _orders(count: int) -> list[PaymentOrder]:
    """Return orders to as many payees, every second one with letters to spell."""
    return [
        order(number, payee=payee(name=f"Müller & Söhne {number}" if number % 2 else f"Trader {number}", language="de"))
        for number in range(1, count + 1)
    ]


def _checked_and_written(orders: list[PaymentOrder]) -> bytes:
    # Each round spells every name anew: a first run has nothing remembered.
    written.cache_clear()
    files = ProfiledBankFiles(BankProfiles())
    found = files.problems(EURO_ACCOUNT, orders, today=TODAY, closed=lambda _: False)
    assert found == (), "the orders of a bench are right"
    content = b""
    for name, members in files.files_of(EURO_ACCOUNT, orders):
        content += files.write(FileWish("BENCH", CREATED_AT, EURO_ACCOUNT, name, members))
    return content


def _written_by_sepaxml(orders: list[PaymentOrder]) -> bytes:
    # The test packages may be missing; it ships neither types nor stubs.
    from sepaxml import SepaTransfer  # type: ignore[import-untyped]  # noqa: PLC0415

    config = {"name": "Shop", "IBAN": EURO_ACCOUNT.iban, "BIC": EURO_ACCOUNT.bic, "batch": True, "currency": "EUR"}
    theirs = SepaTransfer(config, schema="pain.001.001.09", clean=True)
    for item in orders:
        theirs.add_payment(
            {
                "name": item.payee.name,
                "IBAN": item.payee.iban,
                "amount": item.amount.minor,
                "execution_date": item.execute_on,
                "description": item.text,
                "endtoend_id": item.end_to_end_id,
            }
        )
    content: bytes = theirs.export(validate=False)
    return content


def _seconds(work: Callable[[], bytes]) -> float:
    begun = time.perf_counter()
    content = work()
    lasted = time.perf_counter() - begun
    assert content, "a file was written"
    return lasted


def schema_of(form: str) -> Path | None:
    """Return the schema of a format such as ``pain.001.001.09``, None where the public writer, which has it, is not."""
    found = importlib.util.find_spec("sepaxml")
    folders = [] if found is None else found.submodule_search_locations or []
    wanted = [Path(one) / "schemas" / f"{form}.xsd" for one in folders]
    return next((one for one in wanted if one.exists()), None)


def check_schema(content: bytes, schema: Path) -> None:
    """Check a file against a schema; AssertionError with what is wrong."""
    from lxml import etree  # noqa: PLC0415 - belongs to optional packages

    rules = etree.XMLSchema(etree.parse(schema))
    assert rules.validate(etree.fromstring(content)), str(rules.error_log)


def same_payments(count: int) -> bool:
    """Return whether both writers wrote the same amounts to the same identifiers, which the figures rest on."""
    orders = [replace(item, payee=payee(name="Trader")) for item in _orders(count)]
    ours, theirs = read_pain001(_checked_and_written(orders)), read_pain001(_written_by_sepaxml(orders))
    return [(p.end_to_end_id, p.amount) for p in ours.payments] == [
        (p.end_to_end_id, p.amount) for p in theirs.payments
    ]
