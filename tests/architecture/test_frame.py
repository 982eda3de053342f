"""The frame of the tests itself: a lack is skipped, told and counted, or fails where it is required."""

from __future__ import annotations

import getpass
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source_tree import ROOT

_TEST = """
import pytest

@pytest.mark.corpus
@pytest.mark.parametrize("n", range(3))
def test_sample(n):
    assert n >= 0
"""


_LITTERING = """
import tempfile

def test_litter():
    assert tempfile.mkdtemp(prefix="forgotten-")
"""


def _run(tmp_path: Path, test: str = _TEST, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a small test file under the frame of this project; plugins that cost time stay out."""
    (tmp_path / "test_sample.py").write_text(test)
    options = [
        "-q",
        "-c",
        str(ROOT / "setup.cfg"),
        f"--rootdir={ROOT}",
        "-p",
        "pytest_timeout",
        "-p",
        "no:cacheprovider",
    ]
    command = [sys.executable, "-m", "pytest", *options, "-p", "tests.conftest", "--noconftest", str(tmp_path)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("GATEWAY_", "PYTEST_", "COV_"))}
    return subprocess.run(
        command,
        cwd=ROOT,
        env=clean | environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_lack_when_not_required_then_tests_are_skipped_and_counted(tmp_path: Path) -> None:
    done = _run(tmp_path, TILLBRIDGE_CORPUS=str(tmp_path / "none"))

    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 tests of corpus skipped: no public samples beside the checkout" in done.stdout


def test_lack_when_required_then_tests_fail(tmp_path: Path) -> None:
    done = _run(tmp_path, TILLBRIDGE_CORPUS=str(tmp_path / "none"), GATEWAY_REQUIRE="corpus")

    assert done.returncode == 1
    assert "GATEWAY_REQUIRE names corpus" in done.stdout
    assert "3 errors" in done.stdout


@pytest.mark.parametrize("required", ["", "corpus"])
def test_feature_when_it_is_there_then_tests_run(tmp_path: Path, required: str) -> None:
    done = _run(tmp_path, TILLBRIDGE_CORPUS=str(tmp_path), GATEWAY_REQUIRE=required)

    assert done.returncode == 0
    assert "3 passed" in done.stdout


def test_run_when_a_temporary_folder_is_left_then_it_fails_and_names_it(tmp_path: Path) -> None:
    aside = tmp_path / "aside"
    aside.mkdir()

    done = _run(tmp_path, _LITTERING, TMPDIR=str(aside), PYTEST_DEBUG_TEMPROOT=str(tmp_path))

    assert done.returncode == 1
    assert "1 passed" in done.stdout
    assert "temporary folders left behind" in done.stdout
    assert "/forgotten-" in done.stdout


def test_run_when_nothing_is_left_then_its_temporary_folder_is_gone(tmp_path: Path) -> None:
    aside = tmp_path / "aside"
    aside.mkdir()

    done = _run(tmp_path, "def test_tidy(tmp_path):\n    assert tmp_path\n", TMPDIR=str(aside))

    assert (done.returncode, [path.name for path in aside.iterdir()]) == (0, [f"pytest-of-{getpass.getuser()}"])
