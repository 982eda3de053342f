"""The order of the tests follows from the commit, wherever Git keeps it, and from the caller where one says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.commands.order_of_tests import SEED_WITHOUT_COMMIT, checked_out_commit, seed_arguments, seed_of

COMMIT, OTHER = "1f" * 20, "2e" * 20


def checkout(root: Path, head: str) -> Path:
    git = root / ".git"
    git.mkdir(parents=True)
    (git / "HEAD").write_text(f"{head}\n")
    return git


def test_commit_when_the_branch_has_a_file_then_read_from_it(tmp_path: Path) -> None:
    git = checkout(tmp_path, "ref: refs/heads/main")
    (git / "refs" / "heads").mkdir(parents=True)
    (git / "refs" / "heads" / "main").write_text(f"{COMMIT}\n")
    (git / "packed-refs").write_text(f"{OTHER} refs/heads/main\n")

    assert checked_out_commit(tmp_path) == COMMIT


def test_commit_when_the_branch_is_packed_then_read_from_the_pack(tmp_path: Path) -> None:
    git = checkout(tmp_path, "ref: refs/heads/main")
    (git / "packed-refs").write_text(
        f"# pack-refs with: peeled fully-peeled sorted\n{OTHER} refs/heads/other/main\n{COMMIT} refs/heads/main\n"
    )

    assert checked_out_commit(tmp_path) == COMMIT


def test_commit_when_no_branch_is_checked_out_then_head_names_it(tmp_path: Path) -> None:
    checkout(tmp_path, COMMIT)

    assert checked_out_commit(tmp_path) == COMMIT


def test_commit_when_it_is_a_second_working_tree_then_followed_to_the_first(tmp_path: Path) -> None:
    git = checkout(tmp_path / "first", "ref: refs/heads/main")
    (git / "packed-refs").write_text(f"{COMMIT} refs/heads/work\n")
    own = git / "worktrees" / "second"
    own.mkdir(parents=True)
    (own / "HEAD").write_text("ref: refs/heads/work\n")
    (own / "commondir").write_text("../..\n")
    (tmp_path / "second").mkdir()
    (tmp_path / "second" / ".git").write_text(f"gitdir: {own}\n")

    assert checked_out_commit(tmp_path / "second") == COMMIT


@pytest.mark.parametrize("head", ["ref: refs/heads/unborn", "no commit", ""])
def test_commit_when_there_is_none_then_empty(tmp_path: Path, head: str) -> None:
    checkout(tmp_path, head)

    assert checked_out_commit(tmp_path) == ""
    assert checked_out_commit(tmp_path / "nowhere") == ""


def test_seed_when_the_commit_is_another_then_it_is_another_and_stays_for_the_same() -> None:
    assert seed_of(COMMIT) == seed_of(COMMIT) != seed_of(OTHER)
    assert 0 <= seed_of(COMMIT) < 2**32
    assert seed_of("") == SEED_WITHOUT_COMMIT


def test_arguments_when_nobody_says_otherwise_then_told_in_one_line_that_can_be_typed_again(tmp_path: Path) -> None:
    checkout(tmp_path, COMMIT)

    words, told = seed_arguments(tmp_path, ["-q"])

    assert words == [f"--randomly-seed={seed_of(COMMIT)}", f"--hypothesis-seed={seed_of(COMMIT)}"]
    assert told == f"Order and examples of the tests (commit {COMMIT[:12]}): {' '.join(words)}"
    assert seed_arguments(tmp_path / "archive", [])[1].startswith("Order and examples of the tests (no commit")


@pytest.mark.parametrize("word", ["--randomly-seed=7", "--hypothesis-seed=7", "no:randomly", "-pno:randomly"])
def test_arguments_when_the_caller_decides_then_nothing_is_added(tmp_path: Path, word: str) -> None:
    assert seed_arguments(tmp_path, ["-q", word]) == ([], "")
