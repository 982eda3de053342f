"""Where settings come from: the TOML file, the environment, the command line, files that hold secrets.

Makes one nested dictionary of them; `gateway.configuration.settings` checks it. Nothing else imports this module.
"""

from __future__ import annotations

import difflib
import json
import os
import stat
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from gateway.domain.errors import ConfigurationError

Tree = dict[str, Any]

PREFIX = "TILLBRIDGE_"
# Variables of the name that are no settings: where the file is, where the tests find samples, how often they kill.
_OTHER_VARIABLES = frozenset({"TILLBRIDGE_CONFIG", "TILLBRIDGE_CORPUS", "TILLBRIDGE_CRASH_KILLS"})
_SHORT_NAMES = {"TILLBRIDGE_DATABASE_URL": "TILLBRIDGE_DATABASE__URL"}
SECRET_KEYS = frozenset({"password"})
"""Settings that hold a secret: taken from the environment, or from the file that `<name>_file` names."""
_SECRET_BYTES_MAX = 4096


def invalid(problems: Iterable[str]) -> ConfigurationError:
    """The error for settings that cannot be used, one line for each problem."""
    lines = list(problems)
    message = "The settings cannot be used:\n" + "\n".join(f"  {line}" for line in lines)
    return ConfigurationError("invalid_settings", message, "Correct the lines named here; doctor checks again.")


def suggestion(word: str, known: Iterable[str]) -> str:
    """`; did you mean X?` for a near miss, else what is known."""
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; known here: {', '.join(names)}"


def read_file(path: Path) -> Tree:
    """The tree of a TOML file, free of secrets.

    Raises:
        ConfigurationError: the file cannot be read, is not TOML, or holds a secret.
    """
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise invalid([f"{path}: {error.strerror}"]) from error
    except ValueError as error:
        raise invalid([f"{path}: {error}"]) from error
    if secrets := [*_secrets_in(tree, ())]:
        raise invalid(
            f"{'.'.join(where)}: a secret does not belong into this file; use {where[-1]}_file or the environment"
            for where in secrets
        )
    database = tree.get("database")
    if isinstance(database, dict) and isinstance(url := database.get("url"), str) and split_url(url)[1] is not None:
        raise invalid(["database.url: the password does not belong into this file; use database.password_file"])
    return tree


def read_environment(environ: Mapping[str, str], sections: Iterable[str], lists: Iterable[str]) -> Tree:
    """The tree of the variables `TILLBRIDGE_SECTION__KEY`.

    Tables of a list are named by id: `TILLBRIDGE_TERMINALS__FRONT__PASSWORD`. A value that begins with `[` or `{` is
    JSON.

    Raises:
        ConfigurationError: a variable names no section, or has another form.
    """
    tree: Tree = {}
    problems = []
    known = {f"{PREFIX}{section.upper()}__..." for section in sections}
    for variable in sorted(environ):
        if not variable.startswith(PREFIX) or variable in _OTHER_VARIABLES:
            continue
        words = _SHORT_NAMES.get(variable, variable).removeprefix(PREFIX).lower().split("__")
        if words[0] not in sections or len(words) != (3 if words[0] in lists else 2):
            problems.append(f"environment {variable}: no such setting{suggestion(variable, known)}")
            continue
        try:
            _put(tree, words, _value(environ[variable]))
        except ValueError as error:
            problems.append(f"environment {variable}: not JSON: {error}")
    if problems:
        raise invalid(problems)
    return tree


def read_overrides(overrides: Mapping[str, object]) -> Tree:
    """The tree of settings given on the command line as `section.key` or, in a list, `terminals.front.transport`.

    Raises:
        ConfigurationError: a secret is among them: every user of the machine can read a command line.
    """
    tree: Tree = {}
    problems = []
    for name, value in overrides.items():
        words = name.split(".")
        if words[-1] in SECRET_KEYS:
            problems.append(f"command line {name}: secrets do not belong here; use {words[-1]}_file or the environment")
        else:
            _put(tree, words, value)
    if problems:
        raise invalid(problems)
    return tree


def merge(lower: Tree, upper: Tree) -> Tree:
    """The tree in which `upper` wins, table by table; its tables by id go into the list of tables of `lower`.

    Raises:
        ConfigurationError: no table of the list has such an id.
    """
    merged = dict(lower)
    for key, value in upper.items():
        present = merged.get(key)
        if isinstance(value, dict) and isinstance(present, dict):
            merged[key] = merge(present, value)
        elif isinstance(value, dict) and isinstance(present, list):
            merged[key] = _merge_by_id(key, present, value)
        else:
            merged[key] = value
    return merged


def read_secret_files(tree: Tree) -> Tree:
    """The tree in which every `<name>_file` of a secret is joined by the secret itself; one that is set already wins.

    Raises:
        ConfigurationError: a file is missing, too large, or others than its owner may read it.
    """
    read: Tree = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            read[key] = read_secret_files(value)
        elif isinstance(value, list):
            read[key] = [read_secret_files(item) if isinstance(item, dict) else item for item in value]
        else:
            read[key] = value
    for name in SECRET_KEYS:
        path = read.get(f"{name}_file")
        if isinstance(path, str) and path and name not in read:
            read[name] = read_secret(Path(path))
    return read


def read_secret(path: Path) -> str:
    """The text of a file of mode 0600 or stricter, without blanks around it.

    Raises:
        ConfigurationError: the file is missing, empty, over 4 KiB, or open to others than its owner.
    """
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            text = file.read(_SECRET_BYTES_MAX + 1)
    except OSError as error:
        raise invalid([f"{path}: {error.strerror}"]) from error
    if os.name == "posix" and stat.S_IMODE(status.st_mode) & 0o177:
        raise invalid([f"{path}: holds a secret but has mode {stat.S_IMODE(status.st_mode):04o}; chmod 600 {path}"])
    if not text.strip() or len(text) > _SECRET_BYTES_MAX:
        raise invalid([f"{path}: expected a secret of 1 to {_SECRET_BYTES_MAX} bytes"])
    return text.decode("utf-8", errors="strict").strip()


def split_url(url: str) -> tuple[str, str | None]:
    """A database address without its password, and the password if it had one."""
    parts = urlsplit(url)
    if parts.password is None:
        return url, None
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.username or ''}@{place}")), unquote(parts.password)


def _secrets_in(tree: object, where: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key in SECRET_KEYS:
                yield (*where, key)
            yield from _secrets_in(value, (*where, key))
    elif isinstance(tree, list):
        for number, item in enumerate(tree, start=1):
            name = item.get("id", str(number)) if isinstance(item, dict) else str(number)
            yield from _secrets_in(item, (*where, str(name)))


def _put(tree: Tree, words: list[str], value: object) -> None:
    for word in words[:-1]:
        tree = tree.setdefault(word, {})
    tree[words[-1]] = value


def _value(text: str) -> object:
    return json.loads(text) if text.lstrip()[:1] in {"[", "{"} else text


def _merge_by_id(key: str, tables: list[Any], upper: Tree) -> list[Any]:
    merged = list(tables)
    places = {
        str(table.get("id", "")).lower().replace("-", "_"): place
        for place, table in enumerate(tables)
        if isinstance(table, dict)
    }
    for name, value in upper.items():
        place = places.get(name.lower().replace("-", "_"))
        if place is None:
            raise invalid([f"{key}.{name}: there is no table of this id{suggestion(name, places)}"])
        merged[place] = merge(merged[place], value)
    return merged
