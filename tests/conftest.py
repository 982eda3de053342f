"""Frame of all tests: what a machine lacks is skipped, told and counted, or fails where it is required.

`GATEWAY_REQUIRE=postgres,browser,corpus` turns such a skip into a failure. `GATEWAY_PG_FSYNC=off` makes the cluster of
the tests faster.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway.developer_commands import TEST_FOLDERS
from tests.support.requirements import FEATURES, corpus_root, lacking, required_features

if TYPE_CHECKING:
    from tests.support.postgres import PostgresCluster

TESTS = Path(__file__).resolve().parent
_LACKS = re.compile(r"lacks ([a-z]+): (.*)")
_FOLDER_MARKS = {"corpora": "corpus", "crash": "crash", "e2e": "browser"}
_FIXTURE_MARKS = {"postgres_cluster": "postgres", "corpus": "corpus"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Option of the golden files."""
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files; review the difference")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by folder and fixture; run the folders in their order, in whatever order the tests inside come."""
    for item in items:
        wanted = {_FOLDER_MARKS[_folder(item)]} if _folder(item) in _FOLDER_MARKS else set()
        wanted |= {mark for name, mark in _FIXTURE_MARKS.items() if name in getattr(item, "fixturenames", ())}
        for mark in wanted - {mark.name for mark in item.iter_markers()}:
            item.add_marker(mark)
    order = {name: place for place, name in enumerate(TEST_FOLDERS)}
    items.sort(key=lambda item: order.get(_folder(item), len(order)))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what this machine cannot run, or fail where it is required to."""
    for feature in FEATURES:
        if item.get_closest_marker(feature) is None or not (reason := _lacking(feature)):
            continue
        if feature in required_features():
            pytest.fail(f"GATEWAY_REQUIRE names {feature}, but this machine lacks {feature}: {reason}", pytrace=False)
        pytest.skip(f"lacks {feature}: {reason}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Count the tests that this machine could not run, by what it lacks."""
    counts: Counter[tuple[str, str]] = Counter()
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if found := _LACKS.search(reason):
            counts[(found[1], found[2])] += 1
    if counts:
        terminalreporter.section("this machine lacks")
    for (feature, reason), count in sorted(counts.items()):
        terminalreporter.line(f"{count} tests of {feature} skipped: {reason}")


@cache
def _lacking(feature: str) -> str:
    return lacking(feature)


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(TESTS).parts[0] if item.path.is_relative_to(TESTS) else ""


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Folder of the public samples, read in place."""
    return corpus_root()


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be rewritten instead of compared."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[PostgresCluster]:
    """A server of this test process's own; psycopg is loaded only where a test wants it."""
    from tests.support.postgres import PostgresCluster as Cluster

    with Cluster(fsync=os.environ.get("GATEWAY_PG_FSYNC") != "off") as cluster:
        yield cluster


@pytest.fixture
def postgres_url(postgres_cluster: PostgresCluster) -> Iterator[str]:
    """Address of an empty PostgreSQL database of this test's own."""
    with postgres_cluster.fresh_database() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty database of this test's own, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.sqlite3'}"
    return str(request.getfixturevalue("postgres_url"))
