"""The mapping files that READMEs of connectors show are ones that the connector takes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from gateway.adapters.clock import SystemClock
from gateway.adapters.connector_registry import connector_factory, connectors_known
from gateway.ports.erp import ErpAccount

ROOT = Path(__file__).parents[3]
EXAMPLES = {
    path.parent.name: found[1]
    for path in sorted(ROOT.glob("connectors/*/README.md"))
    if (found := re.search(r"```toml\n(\[erp\].*?)```", path.read_text(encoding="utf-8"), re.DOTALL))
}


@pytest.mark.parametrize(
    "name", ["business_central", "dolibarr", "erpnext", "generic_rest", "netsuite", "odoo", "s4hana"]
)
def test_example_when_a_readme_shows_a_mapping_then_the_connector_takes_it(name: str) -> None:
    mapping = tomllib.loads(EXAMPLES[name])

    connector = connector_factory(name, connectors_known(ROOT))(ErpAccount("a-1", mapping, "secret", SystemClock()))

    assert mapping["erp"]["connector"] == name
    connector.close()
