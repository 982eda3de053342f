"""Many rows by one statement: values are turned into the driver's column by column, not row by row.

SQLAlchemy builds the parameters of each row anew, which costs more than the database does with them. Statements, types
and drivers are the same here, so what is stored is the same.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import ClauseElement, Connection, Dialect
from sqlalchemy.sql.compiler import SQLCompiler

BULK_FROM = 32
"""Rows from which on preparing a statement for itself pays."""


def run_bulk(connection: Connection, statement: ClauseElement, rows: Sequence[Mapping[str, Any]]) -> int:
    """Run a statement once for each row of parameters; return how many rows it touched.

    Args:
        connection: inside a transaction.
        statement: an insert, update or delete without RETURNING.
        rows: at least one; all with the same names.

    Raises:
        SQLAlchemyError: as ``Connection.execute``.
    """
    dialect = connection.dialect
    compiled = statement.compile(dialect=dialect, column_keys=list(rows[0]))
    if not isinstance(compiled, SQLCompiler):
        message = "only statements over rows can be run for many of them"
        raise TypeError(message)
    names = compiled.positiontup or list(dict.fromkeys(compiled.binds))
    columns = [_column(compiled, name, dialect, rows) for name in names]
    handed = list(zip(*columns, strict=True))
    if compiled.positiontup is None:
        return connection.exec_driver_sql(
            str(compiled), [dict(zip(names, one, strict=True)) for one in handed]
        ).rowcount
    return connection.exec_driver_sql(str(compiled), handed).rowcount


def _column(compiled: SQLCompiler, name: str, dialect: Dialect, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    bind = compiled.binds[name]
    if bind.key not in rows[0]:
        return [bind.effective_value] * len(rows)
    values = map(itemgetter(bind.key), rows)
    process = bind.type.dialect_impl(dialect).bind_processor(dialect)
    return list(values) if process is None else _processed(process, values)


def _processed(process: Callable[[Any], Any], values: "map[Any]") -> list[Any]:
    """Turn each value; rows made together share instants and ids, and what was the last one is not turned again."""
    turned: list[Any] = []
    last: Any = turned
    made: Any = None
    for value in values:
        if value is not last:
            last, made = value, process(value)
        turned.append(made)
    return turned
