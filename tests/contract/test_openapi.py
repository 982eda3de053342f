"""The API keeps what its description promises, for whatever a client sends, on both databases (W8).

Requests are made from /openapi.json: described ones, boundary values, and ones that break the description. Every
check of the tool is on. A request as described may still be refused for its contents (422); it never gets a 400.
The operations of the office are asked in a file of their own, so that two processes share the work.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.web.errors import API_PREFIX
from tests.support.api_fuzz import Api, described_path, opened

OFFICE = (
    "(documents|supplier|payable|approval|purchase|goods|tax-codes|cost-centres|coding|contracts|payment-runs"
    "|payment-orders|bank|dated-jobs|delegations|emergenc|employee-accounts|erp|master-imports|virtual-bank)"
)


@pytest.fixture
def api(database_url: str, tmp_path: Path) -> Iterator[Api]:
    """An API over one payment that has ended and one that runs."""
    yield from opened(database_url, tmp_path)


@pytest.mark.timeout(900)
def test_api_of_the_till_when_asked_in_any_way_then_it_keeps_its_description(api: Api) -> None:
    answers = api.ask(without=f"^/v1/{OFFICE}|^/erp/")

    assert not answers.failures, "\n".join(answers.failures[:20])
    assert len(answers.operations()) >= 90
    if api.database == "sqlite":
        # SQLite gets enough tries to reach each operation.
        assert answers.unreached() == []
        known = {"GET /v1/payments", "GET /v1/devices", "POST /v1/people", "POST /v1/api-keys", "GET /v1/me"}
        assert known <= answers.served()


def test_description_when_read_then_every_route_of_the_api_is_in_it(api: Api) -> None:
    paths = api.shop.client().get("/openapi.json").get_json()["paths"]
    described = {(method.upper(), path) for path, item in paths.items() for method in item}

    served = {
        (method, described_path(rule.rule))
        for rule in api.shop.app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith(API_PREFIX)
    }

    assert described == served
    assert len(described) >= 20
