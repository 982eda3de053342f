"""Numbers of documents: 1, 2, 3 ... without a gap, for each register and series.

A number is given in the unit of work that makes the document final. So a unit that is rolled back takes its number
back with it, and a document that is asked for again keeps the number it has.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.domain.ids import RegisterId


class Series(StrEnum):
    """What is counted. Each register counts each of them for itself."""

    SALE = "sale"
    """a sale, when it is settled"""
    GIVE_BACK = "give_back"
    """a give-back, when it is done"""
    Z_REPORT = "z_report"
    """the report that closes a shift"""


@dataclass(frozen=True, slots=True)
class DocumentNumber:
    """One number and the document that has it. ``number`` >= 1."""

    register_id: RegisterId
    series: Series
    number: int
    document_id: uuid.UUID
    given_at: datetime
