from __future__ import annotations

from pathlib import Path

from tests.support.state_diagram import attempt_diagram

PAGE = Path(__file__).resolve().parents[4] / "docs" / "database.md"
BEGIN, END = "```mermaid\n", "\n```\n"


def test_page_then_shows_the_states_as_the_table_has_them(update_golden: bool) -> None:  # noqa: FBT001  # a fixture
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    shown, _, after = rest.partition(END)
    if update_golden:
        PAGE.write_text(f"{before}{BEGIN}{attempt_diagram()}{END}{after}", encoding="utf-8")
        return

    assert shown == attempt_diagram()
