from datetime import UTC, datetime
from pathlib import Path

import pytest

from terminal_driver.virtual.journal import Journal, JournalEntry, Numbers, read_journal

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def _entry(number: int, amount_minor: int = 100) -> JournalEntry:
    return JournalEntry(number, number, number, amount_minor, "978", AT, "sale", "411111******1111", "Visa", 10)


def test_journal_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    first = Journal(path, first=Numbers(7, 8, 9))
    assert first.next_numbers() == Numbers(7, 8, 9)
    first.book(_entry(9999))
    first.close()

    second = Journal(path)

    assert second.entries == (_entry(9999),)
    assert second.last_valid == _entry(9999)
    assert second.next_numbers() == Numbers(1, 10_000, 10_000)
    second.close()


def test_reversed_booking_is_kept_but_not_valid(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    journal.book(_entry(1))
    journal.book(_entry(2))

    journal.reverse(_entry(2))
    journal.close()

    for entries in (journal.entries, read_journal(path)):
        assert [(entry.receipt_no, entry.reversed) for entry in entries] == [(1, False), (2, True)]
    assert journal.last_valid == _entry(1)
    assert journal.next_numbers() == Numbers(3, 3, 3)


@pytest.mark.parametrize("kept", [1, 20, -1])
def test_line_torn_by_a_crash_is_cut_off(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    journal.book(_entry(1))
    journal.close()
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:kept])

    again = Journal(path)
    again.book(_entry(2))
    again.close()

    assert [entry.receipt_no for entry in read_journal(path)] == [1, 2]


def test_booking_is_readable_in_the_file_as_soon_as_it_is_made(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)

    journal.book(_entry(1, 2599))

    assert [entry.amount_minor for entry in read_journal(path)] == [2599]
    journal.close()


def test_foreign_line_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text('{"event":"coffee"}\n')

    with pytest.raises(ValueError, match="coffee"):
        Journal(path)


def test_numbers_begin_again_at_one() -> None:
    assert Numbers(9999, 999_999, 999_999).after() == Numbers(1, 1, 1)


def test_settled_and_amended_bookings_are_known_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    journal.book(_entry(1))
    journal.close_day()
    journal.book(_entry(2))
    amended = journal.amend(_entry(2), 60)
    before = journal.unsettled
    journal.close()

    again = Journal(path)

    assert amended.amount_minor == 60
    assert before == again.unsettled == (amended,)
    assert again.entries == (_entry(1), amended)
    again.close()


def test_journal_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    """A booking without the fields that came later; written by hand, since nothing writes it any more."""
    path = tmp_path / "journal.jsonl"
    path.write_text(
        '{"event":"booking","receipt_no":1,"trace_no":1,"turnover_no":1,"amount_minor":100,"currency":"978",'
        '"at":"2026-03-04T05:06:07+00:00","kind":"sale","card_masked":"411111******1111","card_name":"Visa",'
        '"card_type_id":10,"reversed":false}\n{"event":"reversal","trace_no":1}\n',
        "ascii",
    )

    [entry] = read_journal(path)

    assert (entry.kind, entry.original_trace_no, entry.reference, entry.tip_minor) == ("sale", None, "", 0)
    assert entry.reversed


@pytest.mark.parametrize(
    "line", ["[]", "{}", "nonsense", '{"event":"booking"}', '{"event":"reversal","trace_no":9}', '{"event":"dance"}']
)
def test_journal_with_a_line_that_is_none_names_it(tmp_path: Path, line: str) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text(line + "\n", "ascii")

    with pytest.raises(ValueError, match=r"journal\.jsonl, line 1"):
        read_journal(path)
