"""The schema of the database: which revision it has, which it should have, and how it gets there.

Alembic is loaded only where there is something to migrate: it costs a seventh of a start that has nothing to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Connection, Engine, create_engine, inspect, text
from sqlalchemy.exc import IntegrityError, ProgrammingError, SQLAlchemyError

from gateway.adapters.db.engine import database_url, sqlite_path, sqlite_writer_engine
from gateway.adapters.db.process_lock import ProcessLock
from gateway.adapters.db.statements import translated

if TYPE_CHECKING:
    from alembic.config import Config

_SCRIPTS = Path(__file__).resolve().parents[2] / "migrations"
_READ_VERSION = text("SELECT version_num FROM alembic_version")
_VERSION_TABLE = text(
    "CREATE TABLE IF NOT EXISTS alembic_version"
    " (version_num VARCHAR(32) NOT NULL CONSTRAINT alembic_version_pkc PRIMARY KEY)"
)
# Lets others read the version, but holds back a second migration until this one has ended.
_LOCK = text("LOCK TABLE alembic_version IN SHARE ROW EXCLUSIVE MODE")
_CREATIONS_MAX = 5


def head() -> str:
    """Return the revision this program needs: the last one, whose file begins with its number."""
    return max((path.name.partition("_")[0] for path in (_SCRIPTS / "versions").glob("[0-9]*_*.py")), default="")


def current(url: str) -> str | None:
    """Return the revision of a database, or None when it has no schema yet; makes nothing.

    Raises:
        ConfigurationError: ``unsupported_database`` or ``missing_driver``.
        OperationalError: ``database_unavailable``.
    """
    address = database_url(url)
    if _is_sqlite(address) and not sqlite_path(address).exists():
        return None
    with _engine(address) as engine, _translating(), engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(_READ_VERSION).scalar()


def upgrade(url: str, revision: str = "head") -> None:
    """Bring a database up to a revision, in one transaction; do nothing when it is there.

    Several nodes may call this at once: one works, the others wait and find it done. Call it before a ``SqlStorage`` is
    opened: on SQLite both want the lock file.

    Raises:
        ConfigurationError: ``unsupported_database``, ``missing_driver``, ``database_in_use``,
            ``database_not_writable``.
        OperationalError: ``database_unavailable``.
    """
    if revision == "head" and current(url) == head():
        return
    from alembic import command  # noqa: PLC0415 - see the module's docstring

    _migrate(database_url(url), lambda config: command.upgrade(config, revision))


def downgrade(url: str, revision: str) -> None:
    """Take a database back to a revision (``base``: no tables). Data of removed tables is lost; errors as upgrade."""
    from alembic import command  # noqa: PLC0415 - see the module's docstring

    _migrate(database_url(url), lambda config: command.downgrade(config, revision))


def _migrate(address: URL, run: Callable[[Config], None]) -> None:
    lock = ProcessLock(sqlite_path(address)) if _is_sqlite(address) else None
    try:
        with _engine(address) as engine, _translating():
            if lock is None:
                _ensure_version_table(engine)
            with engine.connect() as connection:
                _begin(connection)
                run(_config(connection))
                connection.commit()
    finally:
        if lock is not None:
            lock.close()


def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(_LOCK)


def _ensure_version_table(engine: Engine) -> None:
    """Make the table to lock. Two nodes doing so at once can collide in the catalogue: the loser looks again."""
    for _ in range(_CREATIONS_MAX - 1):
        try:
            with engine.begin() as connection:
                connection.execute(_VERSION_TABLE)
        except (IntegrityError, ProgrammingError):
            continue
        return
    with engine.begin() as connection:
        connection.execute(_VERSION_TABLE)


def _config(connection: Connection | None = None) -> Config:
    from alembic.config import Config  # noqa: PLC0415 - see the module's docstring

    config = Config()
    # A percent sign would begin a substitution in this file format.
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _is_sqlite(address: URL) -> bool:
    return address.get_backend_name() == "sqlite"


@contextmanager
def _engine(address: URL) -> Iterator[Engine]:
    # No time limits here: a migration may wait for another one, and may be long itself.
    engine = sqlite_writer_engine(address) if _is_sqlite(address) else create_engine(address, hide_parameters=True)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _translating() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise translated(error) from error
