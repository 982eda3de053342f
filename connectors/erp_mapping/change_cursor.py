"""Pages in the order of changes, for ERPs that keep the moment of the last change with a record.

A cursor is a moment and the ids that were told of that moment. At the end of all changes it steps back: a change whose
transaction began earlier and ended later would be skipped else. Records told twice have the same version.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from urllib.parse import quote, unquote

from gateway.domain.erp.failure import ErpFailure, FailureCode

OVERLAP = timedelta(minutes=5)
"""Longer takes no transaction of an ERP that a person waits for."""
_FORMATS = ("%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True, slots=True)
class ChangeCursor:
    """Where to go on. ``moment``: as the ERP writes it, empty for the beginning; ``told``: ids changed then."""

    moment: str = ""
    told: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the cursor of a text.

        Raises:
            ErpFailure: ``refused`` for a text that is none of ours.
        """
        moment, _, told = text.partition("|")
        if moment:
            _moment(moment)
        return cls(moment, tuple(unquote(one) for one in told.split(",") if one))

    def text(self) -> str:
        """Return it as text."""
        return f"{self.moment}|{','.join(quote(one, safe='') for one in self.told)}" if self.moment else ""

    def after(self, rows: Sequence[tuple[str, str]], limit: int) -> tuple[str, bool]:
        """Return the next cursor, and whether nothing more is there at present.

        Args:
            rows: moment and id of each row of the page, in the order of the moments.
            limit: rows that were asked for at most.
        """
        if len(rows) >= limit:
            last = rows[-1][0]
            told = [id_ for moment, id_ in rows if moment == last]
            kept = self.told if last == self.moment else ()
            return ChangeCursor(last, (*kept, *told)).text(), False
        newest = rows[-1][0] if rows else self.moment
        if not newest:
            return "", True
        return ChangeCursor(_stepped_back(newest)).text(), True


def _stepped_back(moment: str) -> str:
    return (_moment(moment) - OVERLAP).strftime("%Y-%m-%d %H:%M:%S")


def _moment(text: str) -> datetime:
    for known in _FORMATS:
        try:
            return datetime.strptime(text, known)  # noqa: DTZ007 - the ERP's own, compared with its own only
        except ValueError:
            continue
    raise ErpFailure(FailureCode.REFUSED, "The cursor is none of this connector.")
