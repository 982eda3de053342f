"""A statement that changes one row, said once in the words of the driver: by SQLAlchemy it costs four times as much."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ClauseElement, Dialect
from sqlalchemy.sql.compiler import SQLCompiler

_Turned = Callable[[Mapping[str, Any]], Mapping[str, Any] | tuple[Any, ...]]


class DriverChange:
    """An insert, update or delete without RETURNING, whose values are all given by its parameters."""

    __slots__ = ("_said", "_statement")

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._said: dict[str, tuple[str, _Turned]] = {}

    def said(self, dialect: Dialect, parameters: Mapping[str, Any]) -> tuple[str, Mapping[str, Any] | tuple[Any, ...]]:
        """Return the statement and the parameters as the driver takes them. Types and drivers are SQLAlchemy's.

        Raises:
            KeyError: a parameter is missing.
        """
        found = self._said.get(dialect.name)
        if found is None:
            found = self._said[dialect.name] = self._compiled(dialect)
        sql, turned = found
        return sql, turned(parameters)

    def _compiled(self, dialect: Dialect) -> tuple[str, _Turned]:
        compiled = self._statement.compile(dialect=dialect)
        if not isinstance(compiled, SQLCompiler):
            message = "only statements over rows have parameters"
            raise TypeError(message)
        places = [
            _Place(name, compiled.binds[name], dialect)
            for name in compiled.positiontup or list(dict.fromkeys(compiled.binds))
        ]
        if compiled.positiontup is None:
            return str(compiled), lambda parameters: {place.name: place.value(parameters) for place in places}
        return str(compiled), lambda parameters: tuple([place.value(parameters) for place in places])


class _Place:
    """Where a value goes."""

    __slots__ = ("_fixed", "_key", "_process", "name")

    def __init__(self, name: str, bind: Any, dialect: Dialect) -> None:  # noqa: ANN401  # a BindParameter of any type
        self.name = name
        self._key = bind.key
        self._process = bind.type.dialect_impl(dialect).bind_processor(dialect)
        self._fixed = None if bind.required else (bind.effective_value,)

    def value(self, parameters: Mapping[str, Any]) -> Any:  # noqa: ANN401  # of any column
        """Return the value of this place."""
        value = parameters[self._key] if self._fixed is None else parameters.get(self._key, self._fixed[0])
        return value if self._process is None else self._process(value)
