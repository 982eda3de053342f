"""Public reports of acquirers: every record is kept, parts and difference come to the payout, books balance.

The files lie outside the project: ``TILLBRIDGE_CORPUS`` names their folder, default ``../shared/data``.
"""

import os
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.statements.detect import read_statements
from connectors.statements.statement import EntryStatus
from gateway.adapters.acquirer_reports import AcquirerReports
from gateway.domain.bank.payout import EntryKind, entry_ids, kept_entry, sums_of
from gateway.domain.bank.payout_ledger import acquirer_balance, entry_transfers
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.ledger import balances, imbalance

_ROOT = Path(__file__).resolve().parents[2]
_FOLDER = Path(os.environ.get("TILLBRIDGE_CORPUS", _ROOT / ".." / "shared" / "data")) / "statements" / "acquirer"
_EXPECTED = 21
_FILES = sorted(_FOLDER.glob("*")) if _FOLDER.is_dir() else []
_AT = datetime(2026, 1, 1, tzinfo=UTC)
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not _FILES, reason=f"{_EXPECTED} reports are not here: set TILLBRIDGE_CORPUS"),
]


@pytest.mark.parametrize("path", _FILES, ids=lambda path: path.name)
def test_report_then_every_record_counts_once_and_adds_up(path: Path) -> None:
    content = path.read_bytes()
    booked = [
        entry
        for statement in read_statements(content)
        for entry in statement.entries
        if entry.status is EntryStatus.BOOKED
    ]

    batches = AcquirerReports().read(content)

    told = [one for batch in batches for one in batch.entries]
    # A payout told by its parts is as many records as it has parts, and itself.
    assert len(told) == len(booked) + sum(len(one.details) for one in booked if one.kind == "payout")
    for batch in batches:
        payout_id = uuid.uuid4()
        ids = entry_ids(payout_id, batch.entries)
        kept = [kept_entry(one_id, payout_id, 1, one) for one_id, one in zip(ids, batch.entries, strict=True)]
        assert len(set(ids)) == len(ids)
        assert [one.net for one in kept] == [one.net for one in batch.entries]
        transfers = [t for one in kept for t in entry_transfers((TenantId("t"), StoreId("s")), "x", one, _AT)]
        found = balances(transfers)
        assert not any(imbalance(found.values()).values())
        held = found.get((acquirer_balance("x"), batch.currency.code))
        left = 0 if held is None else held.debits_posted - held.credits_posted
        assert left == -sums_of(kept).difference
        assert any(one.kind is not EntryKind.PAYOUT for one in kept) or not left


def test_reports_are_all_there() -> None:
    assert len(_FILES) == _EXPECTED
