"""Which record of an ERP is which of ours, and whether what the ERP says now is newer than what it said. Pure."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.domain.errors import RuleError

ERP_ID_MAX = 128
"""Characters of an ERP's own id."""
VERSION_MAX = 64
"""Characters of a version as the ERP writes it."""
REVISION_MAX = 10**15 - 1
"""The longest whole number the API reads; milliseconds since 1970 have 13 digits."""


class MasterKind(StrEnum):
    """What an ERP tells us and we keep."""

    VENDOR = "vendor"
    ORDER = "order"
    RECEIPT = "receipt"


@dataclass(frozen=True, slots=True)
class RecordVersion:
    """A version of a record.

    ``text``: the ERP's word for it, opaque; ``revision``: grows with each change, None where the ERP was asked for what
    it has now, which is never older than what it said before.
    """

    text: str
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """A record of an ERP and ours. ``digest``: SHA-256 of what was said last."""

    account: str
    kind: MasterKind
    erp_id: str
    our_id: uuid.UUID
    version: RecordVersion
    digest: str
    taken_at: datetime


class StaleRecord(RuleError):
    """What came is older than what is stored. ``stored``: the version that is."""

    def __init__(self, stored: RecordVersion) -> None:
        message = f"A newer version is stored: {stored.text!r}, revision {stored.revision}."
        super().__init__("record_stale", message, "Send what the record is now.")
        self.stored = stored


def is_known(stored: Binding, version: RecordVersion, digest: str) -> bool:
    """Tell whether this very version was taken before; False: it is newer.

    Raises:
        StaleRecord: it is older.
        RuleError: ``record_version_reused`` when one version comes with two contents, or a revision with two versions.
    """
    known, told = stored.version.revision, version.revision
    if told is None or known is None:
        return version.text == stored.version.text and digest == stored.digest
    if told < known:
        raise StaleRecord(stored.version)
    if told > known:
        return False
    if (version.text, digest) != (stored.version.text, stored.digest):
        message = f"The revision {told} came before with other contents."
        raise RuleError("record_version_reused", message, "Give each change a higher revision.")
    return True
