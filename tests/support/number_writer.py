"""A program that numbers documents until it is killed: it tells each number once its commit is durable."""

from __future__ import annotations

import itertools
import sys

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.shifts.document_number import Series
from gateway.services.shifts.number_documents import NumberDocuments
from tests.support.storage_rows import NOON, NORTH, REGISTER, TENANT, FixedClock, new_id


def main(url: str) -> None:
    """Number documents for ever; every third unit is given up after its number was given."""
    storage = SqlStorage(url, FixedClock())
    numbers = NumberDocuments(tenant_id=TENANT, store_id=NORTH)
    for turn in itertools.count():
        document = new_id()
        try:
            with storage.write() as unit:
                number = numbers.number(unit, REGISTER, Series.SALE, document, NOON)
                _give_up(every_third=turn % 3 == 2)
        except InterruptedError:
            continue
        sys.stdout.write(f"{number} {document}\n")
        sys.stdout.flush()


def _give_up(*, every_third: bool) -> None:
    if every_third:
        raise InterruptedError


if __name__ == "__main__":
    main(sys.argv[1])
