"""The import contracts of setup.cfg hold; the contract checker itself notices a breach."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.architecture.source_tree import ROOT

_LINT = "from importlinter.cli import lint_imports_command as run; run()"
_CONTRACTS = """
[importlinter]
root_packages =
    product
include_external_packages = True
[importlinter:contract:pure]
name = pure
type = forbidden
source_modules =
    product
forbidden_modules =
    socket
"""


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _LINT, "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_imports_when_linted_then_every_contract_is_kept() -> None:
    done = _lint(ROOT)

    assert done.returncode == 0, done.stdout + done.stderr


def test_imports_when_one_is_forbidden_then_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "setup.cfg").write_text(_CONTRACTS)
    (tmp_path / "product").mkdir()
    (tmp_path / "product" / "__init__.py").write_text("import socket\n")

    done = _lint(tmp_path)

    assert done.returncode == 1
    assert "product -> socket" in done.stdout
