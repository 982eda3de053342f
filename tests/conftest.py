"""Frame of all tests: what a machine lacks is skipped, told and counted, or fails where it is required.

`GATEWAY_REQUIRE=postgres,browser,corpus,fonts,erp` turns such a skip into a failure. `GATEWAY_PG_FSYNC=off` makes the
cluster of the tests faster. A run that leaves temporary folders behind fails and names them.
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
from hypothesis import settings

from gateway.commands.developer_commands import TEST_FOLDERS
from gateway.machine.collector import calm_collector, hold_collector
from tests.support.requirements import FEATURES, corpus_root, lacking, required_features
from tests.support.temporary_folder import TemporaryFolder
from tests.support.thoroughness import THOROUGH

if TYPE_CHECKING:
    from tests.support.clean_databases import CleanDatabases
    from tests.support.postgres import PostgresCluster

# How long an example takes says nothing on a busy machine. The number is that of tests that name none themselves.
settings.register_profile("untimed", deadline=None, max_examples=50)
settings.register_profile("thorough", deadline=None, max_examples=200)
settings.load_profile("thorough" if THOROUGH else "untimed")

TESTS = Path(__file__).resolve().parent
_LACKS = re.compile(r"lacks ([a-z]+): (.*)")
TRIED_TWICE = frozenset({"e2e"})
"""Folders whose tests hang on a browser's timing: one that fails is tried once more, and named at the end. Nowhere
else, since a fault that shows now and then is a fault."""
_FOLDER_MARKS = {"corpora": "corpus", "crash": "crash", "e2e": "browser"}
SLOW_FOLDERS = ("crash", "integration", "e2e", "contract", "property", "unit")
"""Folders in the order of their longest file, longest first."""
_TEMPORARY = pytest.StashKey[TemporaryFolder]()
_LEFT = pytest.StashKey[list[str]]()
_FIXTURE_MARKS = {"postgres_cluster": "postgres", "corpus": "corpus"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Option of the golden files."""
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files; review the difference")


def pytest_configure(config: pytest.Config) -> None:
    """Give the run a temporary folder of its own; the processes of a run spread over processors share it."""
    hold_collector()
    if not hasattr(config, "workerinput"):
        config.stash[_TEMPORARY] = TemporaryFolder()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that leaves folders behind; last, when its processes have ended."""
    pytest_unconfigure(session.config)
    if session.config.stash.get(_LEFT, []) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_unconfigure(config: pytest.Config) -> None:
    """Close the temporary folder, also of a run that ends before its session has begun (`--help`)."""
    if (folder := config.stash.get(_TEMPORARY, None)) is not None:
        del config.stash[_TEMPORARY]
        config.stash[_LEFT] = [str(folder.path / name) for name in folder.close()]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by folder and fixture; run the folders in their order, in whatever order the tests inside come.

    Where several processes share the work, the other way round: what takes minutes must not begin last.
    """
    for item in items:
        wanted = {_FOLDER_MARKS[_folder(item)]} if _folder(item) in _FOLDER_MARKS else set()
        wanted |= {mark for name, mark in _FIXTURE_MARKS.items() if name in getattr(item, "fixturenames", ())}
        for mark in wanted - {mark.name for mark in item.iter_markers()}:
            item.add_marker(mark)
        if _folder(item) in TRIED_TWICE:
            item.add_marker(pytest.mark.flaky(reruns=1, reruns_delay=2))
    shared = any(hasattr(item.config, "workerinput") for item in items[:1])
    order = {name: place for place, name in enumerate(SLOW_FOLDERS if shared else TEST_FOLDERS)}
    items.sort(key=lambda item: order.get(_folder(item), len(order)))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Thousands of tests and all modules stay to the end: no collection of garbage need look at them again."""
    calm_collector()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what this machine cannot run, or fail where it is required to."""
    for feature in FEATURES:
        if item.get_closest_marker(feature) is None or not (reason := _lacking(feature)):
            continue
        if feature in required_features():
            pytest.fail(f"GATEWAY_REQUIRE names {feature}, but this machine lacks {feature}: {reason}", pytrace=False)
        pytest.skip(f"lacks {feature}: {reason}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Count the tests that this machine could not run, by what it lacks; name what was tried again or left behind."""
    if left := terminalreporter.config.stash.get(_LEFT, []):
        terminalreporter.section("temporary folders left behind")
        terminalreporter.write_line("\n".join(left))
    if again := sorted({report.nodeid for report in terminalreporter.stats.get("rerun", [])}):
        terminalreporter.section("failed at first, tried once more")
        terminalreporter.write_line("\n".join(again))
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


@pytest.fixture(scope="session")
def migrated_postgres(postgres_cluster: PostgresCluster) -> str:
    """A migrated database to use as a template."""
    from gateway.adapters.db import schema

    name = postgres_cluster.create_database()
    schema.upgrade(postgres_cluster.url(name))
    return name


@pytest.fixture(scope="session")
def clean_databases(postgres_cluster: PostgresCluster, migrated_postgres: str) -> CleanDatabases:
    """Migrated databases that are emptied after each test."""
    from tests.support.clean_databases import CleanDatabases as Databases

    return Databases(postgres_cluster, migrated_postgres)


@pytest.fixture
def postgres_url(clean_databases: CleanDatabases) -> Iterator[str]:
    """Address of a migrated PostgreSQL database of this test's own, without a row."""
    with clean_databases.lent() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of a migrated database of this test's own, without a row, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        from tests.support.migrated import migrated_sqlite

        return migrated_sqlite(tmp_path / "test.sqlite3")
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def empty_postgres_url(postgres_cluster: PostgresCluster) -> Iterator[str]:
    """Address of an empty PostgreSQL database of this test's own."""
    with postgres_cluster.fresh_database() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty database of this test's own, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.sqlite3'}"
    return str(request.getfixturevalue("empty_postgres_url"))
