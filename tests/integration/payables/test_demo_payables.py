"""The first day of the demo shop: something is due, approved, waits, is to match; a further start adds nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gateway.bootstrap import Node
from gateway.configuration.settings import Settings, load_settings
from gateway.domain.access import ROLE_PERMISSIONS, Caller, Role
from gateway.domain.bank.bank_statement import LineState
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.money import Currency
from gateway.ports.statement_store import LineWish
from gateway.services.payables.propose_run import RunWish
from tests.support.storage_rows import new_id

CONFIG = """
[server]
secure_cookies = false
[capture]
enabled = false
[demo]
enabled = true
statement = true
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


def test_first_day_then_run_approver_and_matching_desk_find_something_and_a_further_start_adds_nothing(
    tmp_path: Path,
) -> None:
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
            _expect_desk(node, replace(clerk, permissions=ROLE_PERMISSIONS[Role.TREASURER]))
        finally:
            node.stop()


def _expect_desk(node: Node, treasurer: Caller) -> None:
    """Three lines are explained, of one something is thought, two are for a person."""
    lines = node.container.till.lines
    [account] = lines.read.accounts(treasurer)
    page = lines.read.page(treasurer, LineWish(limit=100))
    found = {row.line.facts.counterparty: (row.line.state, row.best and row.best.kind) for row in page.rows}
    assert account == ("main", Currency.of("EUR"))
    assert found == {
        "Nordpay Acquiring": (LineState.MATCHED, "fee"),
        "Kanzlei Brandt": (LineState.MATCHED, "exact"),
        "Papier und Becher KG": (LineState.MATCHED, "exact"),
        "Lotus Verwaltung GmbH": (LineState.SUGGESTED, "withholding"),
        "Hausverein Linde": (LineState.OPEN, None),
        "Virtual bank": (LineState.OPEN, None),
    }
