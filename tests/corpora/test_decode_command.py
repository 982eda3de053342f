"""The command ``decode`` agrees with every public vector, called as an outsider calls it: a program, a file, JSON.

The vectors lie outside the project: ``TILLBRIDGE_CORPUS`` names their folder, default ``../shared/data``.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_FOLDER = Path(os.environ.get("TILLBRIDGE_CORPUS", _ROOT / ".." / "shared" / "data"))
_EXPECTED, _EXPECTED_FRENCH = 333, 78
# What the vectors say beside the fields themselves: readings of other programs, and readable copies.
_NOT_COMPARED = frozenset({"readable"})


def _vectors(name: str) -> list[dict[str, Any]]:
    file = _FOLDER / name / "vectors.jsonl"
    if not file.exists():
        return []
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


_VECTORS, _FRENCH = _vectors("zvt"), _vectors("telium")
pytestmark = pytest.mark.skipif(
    not (_VECTORS and _FRENCH),
    reason=f"{_EXPECTED} ZVT and {_EXPECTED_FRENCH} French vectors are not here: set TILLBRIDGE_CORPUS",
)


def _decode(vectors: list[dict[str, Any]], folder: Path, *options: str) -> tuple[list[dict[str, Any]], int]:
    """Return what the program prints, one object a vector, and its exit status."""
    file = folder / "frames.hex"
    file.write_text("".join(f"{vector['hex']}\n" for vector in vectors), encoding="ascii")
    command = [sys.executable, "-m", "terminal_driver", "decode", str(file), "--json", *options]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()], done.returncode


def _differences(vectors: list[dict[str, Any]], told: list[dict[str, Any]]) -> list[str]:
    """Return each vector for which the program says anything else than the vector."""
    found: list[str] = []
    for vector, record in zip(vectors, told, strict=True):
        if record["valid"] is not vector["valid"]:
            found.append(f"{vector['id']}: valid {record['valid']}")
        elif not vector["valid"]:
            if not record["error"] or record["fields"]:
                found.append(f"{vector['id']}: no named error")
        else:
            stated = dict(vector.get("decoded") or {})
            stated["fields"] = stated.get("fields", [])
            found += [
                f"{vector['id']}: {name} is {record.get(name)}, stated {value}"
                for name, value in stated.items()
                if name not in _NOT_COMPARED and record.get(name) != value
            ]
    return found


@pytest.mark.parametrize(
    ("layer", "direction", "count"),
    [
        ("apdu", "ecr->pt", 130),
        ("apdu", "pt->ecr", 186),
        ("apdu", "either", 5),
        ("serial-frame", "ecr->pt", 6),
        ("serial-frame", "pt->ecr", 4),
        ("serial-frame", "either", 2),
    ],
)
def test_vectors_when_decoded_with_layer_and_direction_then_as_stated(
    layer: str, direction: str, count: int, tmp_path: Path
) -> None:
    chosen = [vector for vector in _VECTORS if (vector["layer"], vector["direction"]) == (layer, direction)]

    told, status = _decode(chosen, tmp_path, "--layer", layer, "--direction", direction)

    assert len(chosen) == count
    assert _differences(chosen, told) == []
    assert status == (0 if all(vector["valid"] for vector in chosen) else 1)


def test_vectors_when_decoded_without_any_hint_then_as_stated(tmp_path: Path) -> None:
    told, status = _decode(_VECTORS, tmp_path)

    assert len(told) == _EXPECTED
    assert _differences(_VECTORS, told) == []
    assert status == 1


def test_vectors_when_masked_then_no_card_field_keeps_its_middle(tmp_path: Path) -> None:
    told, _ = _decode(_VECTORS, tmp_path, "--mask")

    numbers = [value for record in told for tag, value in record["fields"] if tag == "22"]
    assert len(numbers) == 10
    assert [number for number in numbers if number.rstrip("F")[6:-4].strip("E")] == []
    assert [record["password"] for record in told if record.get("password", "******") != "******"] == []


@pytest.mark.parametrize(
    ("protocol", "layers", "count"),
    [("concert", {"concert-v2-frame", "link"}, 67), ("caisse-ap", {"caisse-ap-v3-tlv"}, 11)],
)
def test_french_vectors_when_decoded_then_as_stated(
    protocol: str, layers: set[str], count: int, tmp_path: Path
) -> None:
    chosen = [vector for vector in _FRENCH if vector["layer"] in layers]

    told, status = _decode(chosen, tmp_path, "--protocol", protocol)

    assert (len(chosen), status) == (count, 1)
    for vector, record in zip(chosen, told, strict=True):
        assert record["valid"] is vector.get("valid", True), vector["id"]
        stated = vector.get("decoded")
        if stated is not None:
            shown = record["decoded"] if isinstance(stated, dict) else record["fields"]
            assert shown == stated, vector["id"]
