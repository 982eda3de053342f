"""The environment is really built, by a real pip, from wheels in a folder: no network, no package of the project."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from gateway.machine.installation import InstallationError, ensure_environment, python_of, read_stamp

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("pip") is None, reason="this Python has no pip"),
]

_WAIT_S = 120.0
_GROUPS = frozenset({"base"})
# A build backend of a few lines, so that the project can be installed where no index is reached.
_BACKEND = """
import base64, hashlib, pathlib, zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    info = "shop-1.0.dist-info"
    here = str(pathlib.Path(__file__).resolve().parent)
    files = {"shop.pth": here, f"{info}/METADATA": "Metadata-Version: 2.1\\nName: shop\\nVersion: 1.0\\n",
             f"{info}/WHEEL": "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"}
    record = "".join(f"{name},,\\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(pathlib.Path(folder) / "shop-1.0-py3-none-any.whl", "w") as wheel:
        for name, text in {**files, f"{info}/RECORD": record}.items():
            wheel.writestr(name, text)
    return "shop-1.0-py3-none-any.whl"
"""


def _wheel(folder: Path, name: str) -> str:
    """Write a wheel of one module; return its SHA-256."""
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": f"NAME = {name!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for place, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
        record += f"{place},sha256={digest},{len(text)}\n"
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for place, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            wheel.writestr(place, text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with two packages in its lock; this Python seems to lack ensurepip, as on a bare Debian."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    lock = "".join(
        f"# groups: {group}\n{name}==1.0 \\\n    --hash=sha256:{_wheel(wheels, name)}\n\n"
        for name, group in (("bread", "base"), ("butter", "test"))
    )
    root = tmp_path / "project"
    root.mkdir()
    (root / "requirements.lock").write_text(lock)
    (root / "setup.cfg").write_text("")
    (root / "shop_backend.py").write_text(_BACKEND)
    backend = '[build-system]\nrequires = []\nbuild-backend = "shop_backend"\nbackend-path = ["."]\n'
    (root / "pyproject.toml").write_text(backend)
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    # What a user may have set, and what would lead out of the environment.
    monkeypatch.setenv("PIP_TARGET", str(tmp_path / "elsewhere"))
    return root


def _can_import(root: Path, name: str) -> bool:
    command = [str(python_of(root / ".venv")), "-c", f"import {name}"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_environment_when_built_then_it_holds_the_group_and_nothing_is_outside(project: Path) -> None:
    said: list[str] = []

    python = ensure_environment(project, _GROUPS, said.append)

    assert python == python_of(project / ".venv")
    assert _can_import(project, "bread")
    assert _can_import(project, "shop_backend")
    assert not _can_import(project, "butter")
    assert not (project.parent / "elsewhere").exists()
    assert [words[:11] for words in said if words.startswith("step")] == [f"step {n} of 4" for n in (1, 2, 3, 4)]

    for wheel in (project.parent / "wheels").iterdir():
        wheel.unlink()
    said.clear()
    ensure_environment(project, _GROUPS, said.append)
    assert said == [], "the second start asks neither pip nor the network"


def test_environment_when_more_groups_are_wanted_then_it_grows(project: Path) -> None:
    ensure_environment(project, _GROUPS, lambda _: None)

    ensure_environment(project, frozenset({"test"}), lambda _: None)

    assert _can_import(project, "bread")
    assert _can_import(project, "butter")
    assert read_stamp(project / ".venv") is not None


def test_environment_when_a_wheel_is_not_the_locked_one_then_it_is_refused(project: Path) -> None:
    with (project.parent / "wheels" / "bread-1.0-py3-none-any.whl").open("ab") as wheel:
        wheel.write(b"\0")

    with pytest.raises(InstallationError, match=r"(?i)hash"):
        ensure_environment(project, _GROUPS, lambda _: None)

    assert read_stamp(project / ".venv") is None


def test_environment_when_cut_off_then_the_next_start_builds_it_anew(project: Path) -> None:
    """What pip leaves when it is killed between two files looks installed to it."""
    half = project / ".venv" / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    (half / "bread-1.0.dist-info").mkdir(parents=True)
    (half / "bread-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: bread\nVersion: 1.0\n")
    (project / ".venv" / "installing").touch()

    ensure_environment(project, _GROUPS, lambda _: None)

    assert _can_import(project, "bread")
    assert not (project / ".venv" / "installing").exists()
    assert not (project / ".venv.discarded").exists()


def test_environment_when_made_by_somebody_else_then_it_is_left_alone(project: Path) -> None:
    (project / ".venv").mkdir()
    (project / ".venv" / "precious").write_text("mine")

    with pytest.raises(InstallationError, match=r"not made by run\.py"):
        ensure_environment(project, _GROUPS, lambda _: None)

    assert (project / ".venv" / "precious").read_text() == "mine"


def test_environment_when_two_start_at_once_then_one_builds_it(project: Path) -> None:
    said: list[str] = []
    starts = [threading.Thread(target=ensure_environment, args=(project, _GROUPS, said.append)) for _ in range(2)]

    for start in starts:
        start.start()
    for start in starts:
        start.join(_WAIT_S)

    assert sum(words.startswith("step 1") for words in said) == 1
    stamp = json.loads((project / ".venv" / "stamp.json").read_text())
    assert stamp["groups"] == ["base", "build"]
