"""The signing key: made once, read by its owner only."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from gateway.adapters.key_file import KeyFile
from gateway.domain.errors import ConfigurationError


def test_key_when_first_read_then_made_for_its_owner_only_and_the_same_ever_after(tmp_path: Path) -> None:
    path = tmp_path / "key"
    source = KeyFile(path, make=True)
    assert not path.exists()

    key = source.read()

    assert (len(key), source.read(), KeyFile(path, make=True).read()) == (32, key, key)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["key"]


def test_key_when_two_make_it_at_once_then_both_have_the_same(tmp_path: Path) -> None:
    found: list[bytes] = []
    begin = threading.Barrier(8)

    def read() -> None:
        begin.wait(10)
        found.append(KeyFile(tmp_path / "key", make=True).read())

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert len(found) == 8
    assert len(set(found)) == 1


@pytest.mark.parametrize(("content", "mode"), [(b"x" * 31, 0o600), (b"x" * 4097, 0o600), (b"x" * 32, 0o640)])
def test_key_when_short_long_or_open_to_others_then_refused(tmp_path: Path, content: bytes, mode: int) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    path.chmod(mode)

    with pytest.raises(ConfigurationError) as refused:
        KeyFile(path, make=False).read()

    assert refused.value.code == "signing_key_unreadable"


def test_key_when_named_by_the_operator_and_missing_then_not_made(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        KeyFile(tmp_path / "key", make=False).read()

    assert list(tmp_path.iterdir()) == []
