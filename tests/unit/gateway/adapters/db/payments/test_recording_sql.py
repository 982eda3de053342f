"""The statements of the money path stay within what psycopg keeps parsed, and name what they are given."""

from __future__ import annotations

import re

import pytest

from gateway.adapters.db.payments import recording_sql
from gateway.adapters.db.payments.recording_sql import POSTGRESQL_CONCLUSION, POSTGRESQL_INTENT

POSTGRESQL = {**{f"intent {key}": value for key, value in POSTGRESQL_INTENT.items()}, "end": POSTGRESQL_CONCLUSION}


@pytest.mark.parametrize("statement", POSTGRESQL.values(), ids=POSTGRESQL.keys())
def test_statement_then_short_enough_to_be_kept_parsed(statement: str) -> None:
    psycopg_queries = pytest.importorskip("psycopg._queries")

    assert len(statement) <= psycopg_queries.MAX_CACHED_STATEMENT_LENGTH
    assert len(set(re.findall(r"%\((\w+)\)s", statement))) <= psycopg_queries.MAX_CACHED_STATEMENT_PARAMS


@pytest.mark.parametrize("statement", POSTGRESQL.values(), ids=POSTGRESQL.keys())
def test_statement_then_no_template_mark_is_left(statement: str) -> None:
    assert not re.search(r"[{}]|(?<!:):\w+\b(?<!jsonb)", re.sub(r"::\w+", "", statement))


def test_sqlite_statements_then_no_template_mark_is_left() -> None:
    statements = [value for name, value in vars(recording_sql).items() if name.startswith("SQLITE_")]

    assert len(statements) == 10
    assert not [one.sql for one in statements if "{" in one.sql or "%(" in one.sql or ":" in one.sql]
