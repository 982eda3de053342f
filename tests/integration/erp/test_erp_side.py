"""The ERPs of a node: what is stored is brought to the one that its mapping file names, by a lane of its own."""

from __future__ import annotations

import json
import time
from contextlib import closing
from pathlib import Path

import pytest

from gateway.adapters.clock import SystemClock
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.configuration.settings import Settings, load_settings
from gateway.domain.access import Caller, Permission
from gateway.domain.erp.posting import PostingState
from gateway.domain.errors import ConfigurationError
from gateway.domain.ids import StoreId, TenantId
from gateway.node.erp_setup import ErpSide
from gateway.ports.erp_store import Place
from gateway.services.erp.account_turn import LEASE_S
from gateway.services.erp.enqueue import enqueue_in
from tests.support.erp_documents import sales_day
from tests.support.erp_rig import SandboxRig, rest_rig
from tests.support.storage_rows import new_id

PLACE: Place = (TenantId("main"), StoreId("store-1"))
ACCOUNT = "books"
PATIENCE_S = 60.0


def _settings(folder: Path, mapping: Path) -> Settings:
    path = folder / "tillbridge.toml"
    server = f"[server]\ndata_dir = {json.dumps(str(folder / 'data'))}"
    erp = f'[[erp]]\nid = "{ACCOUNT}"\nmapping = {json.dumps(str(mapping))}'
    path.write_text(f"{server}\n{erp}\n", encoding="utf-8")
    return load_settings(path, {}, {})


def _mapping(folder: Path, rig: SandboxRig, **changes: str) -> Path:
    """Write the rig's mapping, with its secret beside it."""
    (folder / "erp.key").write_text(rig.secret, encoding="utf-8")
    tables = {**rig.usual, "erp": {**rig.usual["erp"], "connector": rig.name, "secret_file": "erp.key", **changes}}
    rows = []
    for name, table in tables.items():
        rows += [f"[{name}]", *(f"{json.dumps(key)} = {json.dumps(value)}" for key, value in table.items())]
    path = folder / "books.toml"
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def test_side_when_documents_wait_and_a_dead_process_held_the_account_then_they_are_posted(
    database_url: str, tmp_path: Path
) -> None:
    clock, day = SystemClock(), sales_day(1)
    with closing(SqlStorage(database_url, clock)) as storage, rest_rig() as rig:
        with storage.write() as unit:
            assert enqueue_in(unit, PLACE, ACCOUNT, day, trace_id="t-1", now=clock.now())
            assert unit.erp.acquire(PLACE, ACCOUNT, "dead", LEASE_S) is not None
        side = ErpSide(_settings(tmp_path, _mapping(tmp_path, rig)), storage, clock)
        side.start("alive", "dead")
        try:
            end = time.monotonic() + PATIENCE_S
            while _state(storage, day.key) is not PostingState.POSTED:
                assert time.monotonic() < end, _state(storage, day.key)
                time.sleep(0.02)
        finally:
            side.stop(lambda: PATIENCE_S)
        [booked] = rig.booked(day.key)
        administrator = Caller(*PLACE, new_id(), "ada", frozenset({Permission.ERP_EXCHANGES}))
        told = side.exchanges.page(administrator, ACCOUNT, key=day.key)
        assert "create_journal_entry" in {one.operation for one in told}
        with storage.write() as unit:
            # Nothing is held by a lane that has nothing to do.
            assert unit.erp.acquire(PLACE, ACCOUNT, "other", LEASE_S) is not None

    assert booked.gross == f"{sum(one.amount_minor for one in day.tenders) / 100:.2f}"


def _state(storage: SqlStorage, key: str) -> PostingState:
    with storage.read() as unit:
        found = unit.erp.load(PLACE, ACCOUNT, key)
    assert found is not None
    return found.state


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"connector": "nobody"}, "connector_unknown"),
        ({"secret_file": "gone"}, "secret_unreadable"),
        ({"calls_per_s": "many"}, "mapping_wrong"),
    ],
)
def test_side_when_a_mapping_is_wrong_then_the_node_does_not_start_and_says_why(
    tmp_path: Path, changes: dict[str, str], code: str
) -> None:
    with closing(SqlStorage(f"sqlite:///{tmp_path / 'x.sqlite3'}", SystemClock())) as storage, rest_rig() as rig:
        settings = _settings(tmp_path, _mapping(tmp_path, rig, **changes))
        with pytest.raises(ConfigurationError) as refused:
            ErpSide(settings, storage, SystemClock())
    assert refused.value.code == code
