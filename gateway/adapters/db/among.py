"""Rows with one of many ids: the ids are one parameter, not one each.

SQLAlchemy writes a list of values into the statement anew at each call, which costs more than looking the rows up.
"""

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Dialect, Text, TypeDecorator, Uuid, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType, TypeEngine


class _Ids(TypeDecorator[Any]):
    """Ids as one parameter: an array where the database has such, JSON text of hexadecimal digits on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Use the native type where there is one."""
        return dialect.type_descriptor(ARRAY(Uuid()) if dialect.name == "postgresql" else Text())

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], object]:
        """Hand the ids to the driver."""
        return list if dialect.name == "postgresql" else _digits


class _Among(FunctionElement[Any]):
    """Whether a column holds one of the ids of a parameter."""

    # Not Boolean: on SQLite "= 1" would follow, and the database would look through the store instead of its index.
    type = NullType()
    inherit_cache = True


def among(column: ColumnElement[Any], name: str) -> ColumnElement[Any]:
    """Return the condition that a column of ids holds one of those given as the parameter ``name``."""
    return _Among(column, bindparam(name, type_=_Ids()))


@compiles(_Among, "postgresql")
def _of_array(element: _Among, compiler: SQLCompiler, **how: Any) -> str:  # noqa: ANN401  # as SQLAlchemy calls it
    column, ids = (compiler.process(one, **how) for one in element.clauses)
    return f"{column} = ANY({ids})"


@compiles(_Among, "sqlite")
def _of_json(element: _Among, compiler: SQLCompiler, **how: Any) -> str:  # noqa: ANN401  # as SQLAlchemy calls it
    column, ids = (compiler.process(one, **how) for one in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608  # two names of SQLAlchemy's own making


def _digits(ids: Sequence[uuid.UUID]) -> str:
    return '["' + '","'.join([one.hex for one in ids]) + '"]' if ids else "[]"
