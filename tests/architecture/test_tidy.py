"""The house rules as tests. An exception is a line in one of the tables here, with its reason."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source_tree import (
    PACKAGES,
    ROOT,
    calls,
    files,
    nodes,
    product_sources,
    relative,
    sources,
    texts,
)

MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
VAGUE_NAMES = frozenset({"utils", "util", "helpers", "helper", "misc", "common", "manager", "stuff"})

# Where the clock may be read. Everything else is given a clock.
CLOCK_READERS = {
    "gateway/adapters/clock.py": "the one place of the gateway",
    "gateway/machine/installation.py": "how long ago packages could not be fetched",
    "gateway/logs/observability.py": "the time of a log line is the time of the record",
    "terminal_driver/session.py": "monotonic time drives the deadlines of the engine",
    "terminal_driver/transports/": "monotonic time bounds reads and writes",
    "terminal_driver/printer/": "monotonic time bounds a print job",
    "terminal_driver/virtual/": "the device side has a clock of its own",
    "terminal_driver/tools/": "commands, each a program of its own",
}
CLOCK_CALLS = frozenset(
    {
        "datetime.now",
        "datetime.utcnow",
        "datetime.today",
        "date.today",
        "datetime.datetime.now",
        "datetime.datetime.utcnow",
        "datetime.date.today",
        "time.time",
        "time.time_ns",
        "time.localtime",
    }
)
PRINTERS = {
    "run.py": "the wrapper",
    "gateway/cli.py": "the commands",
    "gateway/commands/demo_tour.py": "the command demo: its words are its result",
    "gateway/commands/demo_tour_payables.py": "its second part",
    "gateway/commands/demo_tour_erp.py": "its last part",
    "terminal_driver/virtual/": "the virtual devices as commands of their own",
}
# Borders at which any exception is logged and turned into a state.
CATCH_ALL_BORDERS = {
    "gateway/cli.py": "the command line",
    "gateway/web/": "a request",
    "gateway/jobs/": "a job, the thread that owns a terminal or printer",
    "invoice_capture/intake/worker.py": "the reading process: one document must not end it",
    "terminal_driver/virtual/": "the threads of the device side",
    "terminal_driver/tools/": "commands: an unforeseen error after an operation was sent is an unknown outcome",
}
MONEY_FOLDERS = ("gateway/domain/", "gateway/services/", "gateway/ports/")
# Plain modules of a folder that a test of another name covers, and folders whose code is declared, not written.
UNTESTED_FOLDERS = frozenset({"gateway/migrations", "gateway/migrations/versions"})

_BUSY = (ast.Expr, ast.For, ast.While, ast.With, ast.If, ast.Try)


def _within(path: str, places: object) -> bool:
    assert isinstance(places, (dict, tuple))
    return any(path == place or (place.endswith("/") and path.startswith(place)) for place in places)


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in nodes(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))


def _lines_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring: saying more must not cost code."""
    first, last = node.lineno, node.end_lineno or node.lineno
    said = node.body[0] if ast.get_docstring(node) is not None else None
    return last - first + 1 - ((said.end_lineno or said.lineno) - said.lineno + 1 if said else 0)


def test_module_when_counted_then_it_is_under_the_limit() -> None:
    long = {source.path: source.text.count("\n") for source in sources() if source.text.count("\n") >= MODULE_LINES_MAX}

    assert long == {}


def test_function_when_counted_then_it_is_under_the_limit() -> None:
    long = [
        f"{source.path}:{node.lineno} {node.name} {_lines_of(node)}"
        for source in sources()
        for node in _functions(source.tree)
        if _lines_of(node) >= FUNCTION_LINES_MAX
    ]

    assert long == []


def test_module_when_named_then_the_name_says_something() -> None:
    vague = [relative(path) for path in files() if path.suffix == ".py" and path.stem in VAGUE_NAMES]
    vague += [relative(path) for path in files() if VAGUE_NAMES & set(path.relative_to(ROOT).parts[:-1])]

    assert vague == []


def test_clock_when_read_then_in_its_places_only() -> None:
    readers = [
        f"{source.path}:{call.lineno} {name}"
        for source in product_sources()
        for call, name in calls(source.tree)
        if name in CLOCK_CALLS and not _within(source.path, CLOCK_READERS)
    ]

    assert readers == []


def test_print_when_called_then_on_the_command_line_only() -> None:
    printers = [
        f"{source.path}:{call.lineno}"
        for source in product_sources()
        for call, name in calls(source.tree)
        if name == "print" and not _within(source.path, PRINTERS)
    ]

    assert printers == []


@pytest.mark.parametrize(
    "banned", ["eval", "exec", "pickle.loads", "pickle.load", "yaml.load", "os.system", "marshal.loads"]
)
def test_dangerous_call_when_searched_then_there_is_none(banned: str) -> None:
    found = [
        f"{source.path}:{call.lineno}" for source in sources() for call, name in calls(source.tree) if name == banned
    ]

    assert found == []


def test_shell_when_searched_then_no_call_goes_through_one() -> None:
    found = [
        f"{source.path}:{call.lineno}"
        for source in sources()
        for call, _ in calls(source.tree)
        if any(word.arg == "shell" and _is_true(word.value) for word in call.keywords)
    ]

    assert found == []


def test_float_when_searched_then_none_is_near_money() -> None:
    found = [
        f"{source.path}:{call.lineno}"
        for source in product_sources()
        if _within(source.path, MONEY_FOLDERS)
        for call, name in calls(source.tree)
        if name == "float"
    ]

    assert found == []


def test_broad_except_when_searched_then_only_at_the_borders() -> None:
    found = [
        f"{source.path}:{node.lineno}"
        for source in product_sources()
        for node in nodes(source.tree)
        if isinstance(node, ast.ExceptHandler) and _is_broad(node) and not _within(source.path, CATCH_ALL_BORDERS)
    ]

    assert found == []


def test_unfinished_work_when_searched_then_there_is_none() -> None:
    word = re.compile(r"\b(?:TO[D]O|FIX[M]E|X[X]X|HA[C]K)\b")
    found = [
        f"{path}:{text[: hit.start()].count(chr(10)) + 1}" for path, text in texts() for hit in word.finditer(text)
    ]
    found += [
        f"{source.path}:{node.lineno}"
        for source in product_sources()
        for node in nodes(source.tree)
        if isinstance(node, ast.Name) and node.id == "NotImplementedError"
    ]

    assert found == []


def test_package_when_read_then_its_docstring_says_its_job() -> None:
    folders = {Path(source.path).parent for source in product_sources() if "/" in source.path}
    silent = []
    for folder in sorted(folders):
        init = next((s for s in sources() if s.path == f"{folder.as_posix()}/__init__.py"), None)
        # Migrations are run by path, never imported as a package.
        if folder.as_posix() not in UNTESTED_FOLDERS and (init is None or not ast.get_docstring(init.tree)):
            silent.append(folder.as_posix())

    assert silent == []


def test_import_of_a_package_when_read_then_it_only_names_things() -> None:
    busy = [
        f"{source.path}:{node.lineno}"
        for source in product_sources()
        if source.path.endswith("/__init__.py")
        for node in source.tree.body
        if isinstance(node, (ast.Expr, ast.For, ast.While, ast.With, ast.If, ast.Try)) and not _is_docstring(node)
    ]

    assert busy == []


def test_unit_tests_when_placed_then_they_mirror_the_code() -> None:
    root = ROOT / "tests" / "unit"
    folders = {path.parent.relative_to(root) for path in root.rglob("test_*.py")}
    astray = sorted(folder.as_posix() for folder in folders if folder != Path() and not (ROOT / folder).is_dir())

    assert astray == []


def test_connectors_when_there_are_some_then_they_are_kept_apart() -> None:
    """The contract names every connector folder; it cannot stand in setup.cfg before there is one."""
    folders = sorted(path.parent.name for path in (ROOT / "connectors").glob("*/manifest.toml"))
    contracts = (ROOT / "setup.cfg").read_text(encoding="utf-8")

    assert not folders or "[importlinter:contract:connectors-apart]" in contracts
    assert [name for name in folders if f"connectors.{name}" not in contracts] == []


def test_shapes_when_named_then_each_name_is_one_shape() -> None:
    """The description of the API knows a shape by its class name: the second of a name would replace the first."""
    named = Counter(
        node.name
        for source in product_sources()
        if source.path.startswith("gateway/web/")
        for node in source.tree.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )

    assert [name for name, count in named.items() if count > 1] == []


def test_packages_when_named_then_they_are_there() -> None:
    assert [name for name in PACKAGES if not (ROOT / name / "__init__.py").is_file()] == []


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _is_broad(node: ast.ExceptHandler) -> bool:
    """Catches everything, and is not merely tidying up before it lets the exception go on."""
    if node.type is None:
        names = {"BaseException"}
    else:
        kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        names = {kind.id for kind in kinds if isinstance(kind, ast.Name)}
    goes_on = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
    return bool(names & {"Exception", "BaseException"}) and not goes_on


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
