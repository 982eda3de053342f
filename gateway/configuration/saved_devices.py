"""Terminals set up on the screen: a file of this node's own in its data folder, one more source of the settings.

It holds their passwords, so only the gateway's user may read it, and nothing tells them again. It is this node's alone:
a serial port belongs to a machine, so where several nodes share a database each keeps what was set up through it.
"""

from __future__ import annotations

import json
import os
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gateway.configuration.settings_sources import Tree, invalid, merge

FILE_NAME = "devices.toml"
LISTS = ("terminals", "printers", "registers", "routes")
"""What is set up on the screen."""
_KEYS = {"routes": "group"}
"""By what a table of a list is known, where that is not its id."""
_HEAD = "# Written by the gateway: what was set up on the screen. Stop the gateway before you change it by hand.\n"


def read_saved(data_dir: Path) -> Tree:
    """Return what was saved: lists of tables by the names of ``LISTS``; empty when nothing was.

    Raises:
        ConfigurationError: ``invalid_settings``: the file cannot be read, is no such file, or others may read it.
    """
    path = data_dir / FILE_NAME
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            tree = tomllib.loads(file.read().decode("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise invalid([f"{path}: {error.strerror}"]) from error
    except ValueError as error:
        raise invalid([f"{path}: {error}"]) from error
    if os.name == "posix" and mode & 0o177:
        raise invalid([f"{path}: holds passwords but has mode {mode:04o}; chmod 600 {path}"])
    fits = all(
        name in LISTS and isinstance(tables, list) and all(_is_table(name, one) for one in tables)
        for name, tables in tree.items()
    )
    if not fits:
        raise invalid([f"{path}: holds something else than tables of {', '.join(LISTS)}"])
    return tree


def write_saved(data_dir: Path, saved: Mapping[str, list[Tree]]) -> None:
    """Replace what was saved, in one step: after a crash the file is the old one or the new one.

    Raises:
        OSError: the folder cannot be written to; the old file stands.
    """
    path, draft = data_dir / FILE_NAME, data_dir / f"{FILE_NAME}.new"
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(_HEAD + "".join(_table(name, table) for name in LISTS for table in saved.get(name, ())))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(data_dir, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def with_saved(tree: Tree, saved: Tree) -> Tree:
    """Return the settings with what was saved: a table of a known id is changed by it, another one is added."""
    joined = dict(tree)
    for name, tables in saved.items():
        key = _KEYS.get(name, "id")
        found = [dict(table) if _is_table(name, table) else table for table in joined.get(name, ())]
        places = {table[key]: place for place, table in enumerate(found) if _is_table(name, table)}
        for table in tables:
            place = places.get(table[key])
            if place is None:
                found.append(table)
            else:
                found[place] = merge(found[place], table)
        joined[name] = found
    return joined


def _is_table(name: str, value: Any) -> bool:  # noqa: ANN401 - whatever a file held
    return isinstance(value, dict) and isinstance(value.get(_KEYS.get(name, "id")), str)


def _table(name: str, table: Mapping[str, Any]) -> str:
    # The escapes of JSON are those of a basic string of TOML, all but the delete sign, which TOML wants escaped too.
    lines = (
        f"{key} = {json.dumps(value, ensure_ascii=False)}\n".replace("\x7f", "\\u007f") for key, value in table.items()
    )
    return f"\n[[{name}]]\n{''.join(lines)}"
