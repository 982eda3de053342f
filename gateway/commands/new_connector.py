"""Begins a connector: a folder that works against the sandbox ERP from the first minute, its contract test, its line.

What is begun speaks REST as the sandbox does; the description beside it is then changed to what the ERP speaks. Where a
description is not enough, `connector.py` overrides what the described connector does.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from gateway.domain.errors import ConfigurationError

_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")
_GROUP = "tillbridge.connectors =\n"
_FILES: Mapping[str, str] = {
    "connectors/{name}/__init__.py": '"""The connector of {name}."""\n',
    "connectors/{name}/manifest.toml": """name = "{name}"
title = "{name}"
checked_against = "the sandbox ERP"
description = "Say in one sentence what it is for."
needs = ["url", "login"]
""",
    "connectors/{name}/README.md": """# {name}
Say which version of the ERP this was run against, and mark what was only read or is not verified.
""",
    "connectors/{name}/connector.py": '''"""The connector of {name}: what its description says, over REST."""

from __future__ import annotations

from pathlib import Path

from connectors.erp_mapping.described import DescribedConnector, read_description
from connectors.erp_mapping.mapping_file import MappingFile
from connectors.erp_mapping.rest_caller import RestCaller
from gateway.ports.erp import ErpAccount, ErpConnector

_DESCRIPTIONS = Path(__file__).parent / "descriptions"


def connect(account: ErpAccount) -> ErpConnector:
    """Return the connector of an account.

    Raises:
        ErpFailure: ``mapping_wrong``.
    """
    mapping = MappingFile(account.mapping)
    description = read_description("{name}", account.folder, _DESCRIPTIONS)
    return DescribedConnector(mapping, description, RestCaller(account, mapping, description))
''',
    "tests/contract/erp/test_{name}.py": '''"""The connector of {name} against the sandbox ERP."""

from __future__ import annotations

import dataclasses

import pytest

from connectors.sandbox_erp.faults import Fault
from connectors.{name}.connector import connect
from gateway.domain.erp.failure import Effect, ErpFailure
from gateway.domain.erp.put_result import PutState
from gateway.ports.erp import hints_of
from tests.support.erp_documents import bill
from tests.support.erp_rig import rest_rig


def test_{name}_when_checked_and_a_bill_is_put_then_once_also_after_a_lost_answer() -> None:
    with rest_rig() as usual:
        rig = dataclasses.replace(usual, name="{name}", connect=connect, made=[])
        document = bill(1)
        assert rig.connector().check().findings == ()
        rig.fault(Fault.TIMEOUT_AFTER, "post_bill")
        with pytest.raises(ErpFailure) as failed:
            rig.connector().put(document)

        found = rig.connector().find(document.kind, document.key, hints_of(document))
        again = rig.connector().put(document)
        booked = rig.booked(document.key)
        rig.close()

    assert failed.value.effect is Effect.UNKNOWN
    assert found is not None
    assert again.state is PutState.DUPLICATE
    assert [one.gross for one in booked] == ["119.00"]
''',
}


def new_connector(checkout: Path, name: str) -> list[Path]:
    """Write folder, contract test and the line of ``setup.cfg``; return the files that are new or changed.

    Raises:
        ConfigurationError: ``connector_name``, ``connector_there``; then nothing was written.
    """
    if not _NAME.fullmatch(name):
        raise ConfigurationError("connector_name", f"“{name}” is no name.", "Small letters, digits and underscores.")
    files = {checkout / path.format(name=name): _filled(text, name) for path, text in _FILES.items()}
    pattern = checkout / "connectors" / "generic_rest" / "descriptions" / "sandbox.toml"
    description = pattern.read_text(encoding="utf-8")
    files[checkout / "connectors" / name / "descriptions" / f"{name}.toml"] = description
    if any(path.exists() for path in files):
        raise ConfigurationError("connector_there", f"There is something named “{name}” already.", "Choose another.")
    settings = checkout / "setup.cfg"
    told = settings.read_text(encoding="utf-8")
    if _GROUP not in told:
        raise ConfigurationError(
            "connector_group", "setup.cfg has no group of connectors.", "Look at its entry points."
        )
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    line = f"    {name} = connectors.{name}.connector:connect\n"
    settings.write_text(told.replace(_GROUP, _GROUP + line, 1), encoding="utf-8")
    return [*files, settings]


def _filled(text: str, name: str) -> str:
    return text.replace("{name}", name)
