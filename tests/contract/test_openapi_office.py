"""The API of the office keeps what its description promises; see test_openapi."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.test_openapi import OFFICE
from tests.support.api_fuzz import Api, opened


@pytest.fixture
def api(database_url: str, tmp_path: Path) -> Iterator[Api]:
    """An API over a shop that has just opened."""
    yield from opened(database_url, tmp_path)


@pytest.mark.timeout(900)
def test_api_of_the_office_when_asked_in_any_way_then_it_keeps_its_description(api: Api) -> None:
    answers = api.ask(without=f"^/v1/(?!{OFFICE})")

    assert not answers.failures, "\n".join(answers.failures[:20])
    assert len(answers.operations()) >= 50
    if api.database == "sqlite":
        assert answers.unreached() == []
        assert {"GET /v1/documents", "GET /v1/payables", "GET /v1/suppliers"} <= answers.served()
