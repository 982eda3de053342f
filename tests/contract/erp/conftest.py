"""The connectors that the contract suite runs over, each with its ERP; one for all tests of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.erp_rig import RIGS, ErpRig


@pytest.fixture(scope="module", params=sorted(RIGS))
def rig_of_module(request: pytest.FixtureRequest) -> Iterator[ErpRig]:
    with RIGS[request.param]() as rig:
        yield rig


@pytest.fixture
def rig(rig_of_module: ErpRig) -> ErpRig:
    """A rig on which nothing goes wrong yet."""
    rig_of_module.quiet()
    return rig_of_module
