"""The first day of the demo shop: something is due and approved, something waits, and a further start adds nothing."""

from __future__ import annotations

from pathlib import Path

from gateway.bootstrap import Node
from gateway.configuration.settings import Settings, load_settings
from gateway.domain.access import ROLE_PERMISSIONS, Caller, Role
from gateway.domain.ids import StoreId, TenantId
from gateway.services.payables.propose_run import RunWish
from tests.support.storage_rows import new_id

CONFIG = """
[server]
secure_cookies = false
[capture]
enabled = false
[demo]
enabled = true
[[payables.accounts]]
id = "main"
name = "Virtual bank"
holder = "Demo"
iban = "DE62000000000000000017"
opening = "100000.00"
"""


def _settings(folder: Path) -> Settings:
    path = folder / "demo.toml"
    path.write_text(CONFIG, encoding="utf-8")
    overrides = {"server.data_dir": str(folder / "data"), "database.url": f"sqlite:///{folder}/demo.sqlite3"}
    return load_settings(path, overrides, {})


def test_first_day_then_a_run_by_hand_finds_what_is_due_and_the_approver_what_waits(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    clerk = Caller(
        TenantId(settings.shop.tenant), StoreId(settings.shop.store), new_id(), "x", ROLE_PERMISSIONS[Role.AP_CLERK]
    )
    for _ in range(2):
        node = Node(settings)
        node.start()
        try:
            payables = node.container.till.payables
            today = node.clock.now().astimezone(settings.shop.zone()).date()
            proposal = payables.runs.propose.preview(clerk, RunWish(today))
            assert [part.number for one in proposal.orders for part in one.allocations] == ["RE 40102"]
            assert [row.payable.number for row in payables.approvals.read.waiting(clerk, mine=False)] == [
                "HK-2026-0098"
            ]
            assert payables.runs.read.list(clerk, before=None, limit=5) == ()
            job = next(one for one in payables.runs.read.jobs(clerk) if one.job == "propose_run")
            assert job.note.startswith("nothing to pay")
        finally:
            node.stop()
