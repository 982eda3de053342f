"""Many rows of one statement: the driver's values are turned into ours column by column, not row by row.

SQLAlchemy turns each value of a row by a call of its own and looks each column up by name again when it is asked for.
Statements, types and drivers are the same here, so what is read is the same; see also
:mod:`gateway.adapters.db.bulk`.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Connection, Select
from sqlalchemy.types import TypeEngine

from gateway.adapters.db.column_types import JsonDocument
from gateway.adapters.db.payments.mapping import AnyRow

AnySelect = Select[*tuple[Any, ...]]


def read_bulk(connection: Connection, statement: AnySelect, parameters: Mapping[str, Any]) -> Sequence[AnyRow]:
    """Run a statement and return its rows, each with its columns by name as a row of SQLAlchemy has them.

    Args:
        connection: inside a transaction.
        statement: over columns of our tables; their types say how values are read.
        parameters: of the statement.

    Raises:
        SQLAlchemyError: as ``Connection.execute``.
        Exception: an error of the driver while rows are fetched.
    """
    result = connection.execute(statement, parameters)
    # The values as the driver gives them: asked for through the result they would be turned one by one.
    fetched = result.cursor.fetchall()
    result.close()
    if not fetched:
        return ()
    columns = statement.selected_columns.values()
    dialect = connection.dialect
    turned = [
        _turned(one.type, one.type.dialect_impl(dialect).result_processor(dialect, None), values)
        for one, values in zip(columns, zip(*fetched, strict=True), strict=True)
    ]
    row = _row_with(tuple(one.name for one in columns))
    return cast("Sequence[AnyRow]", list(map(row, *turned)))


def _turned(kind: TypeEngine[Any], process: Callable[[Any], Any] | None, values: tuple[Any, ...]) -> Iterable[Any]:
    if process is None:
        return values
    if isinstance(kind, JsonDocument):
        # Documents can be changed by who holds them: no two rows share one.
        return map(process, values)
    made: dict[Any, Any] = {}
    for value in values:
        # Rows read together share instants, suppliers and states.
        if value not in made:
            made[value] = process(value)
    return [made[value] for value in values]


@lru_cache(maxsize=200)
def _row_with(names: tuple[str, ...]) -> Callable[..., Any]:
    return cast("Callable[..., Any]", namedtuple("BulkRow", names))  # noqa: PYI024  # the names come from a table
