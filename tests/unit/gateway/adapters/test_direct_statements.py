"""The statements handed to libpq: every parameter is numbered once, typed and coded as the server reads it."""

import uuid
from datetime import UTC, datetime

import pytest

from gateway.adapters.db.direct_postgresql import DirectStatement, Kind, Prepared
from gateway.adapters.db.payments import recording_sql
from gateway.domain.errors import InputError

STATEMENTS = [*recording_sql.DIRECT_INTENT.values(), recording_sql.DIRECT_CONCLUSION]
FORMS = [form for one in STATEMENTS for form in (one.alone, one.together) if form is not None]


@pytest.mark.parametrize("form", FORMS)
def test_statement_has_a_number_for_each_parameter_and_no_other(form: Prepared) -> None:
    numbers = [f"${number}" for number in range(1, len(form.oids) + 1)]

    assert all(number in form.sql for number in numbers)
    assert f"${len(numbers) + 1}" not in form.sql
    assert "%(" not in form.sql
    assert "{" not in form.sql


def test_forms_of_the_two_commits_then_both_have_one_for_many() -> None:
    assert recording_sql.DIRECT_INTENT[True].together is not None
    assert recording_sql.DIRECT_CONCLUSION.together is not None


def test_values_are_coded_by_kind() -> None:
    one = uuid.UUID("0190f5d0-0000-7000-8000-000000000001")
    at = datetime(2000, 1, 1, 0, 0, 1, 250_000, tzinfo=UTC)
    kinds = (("t", Kind.TEXT), ("i", Kind.INTEGER), ("b", Kind.BOOLEAN), ("u", Kind.UUID), ("a", Kind.INSTANT))
    statement = DirectStatement("-", (*kinds, ("y", Kind.BYTES), ("j", Kind.JSON), ("n", Kind.INTEGER)))

    coded = statement.encode({"t": "é", "i": -7, "b": False, "u": one, "a": at, "y": b"\x00", "j": "{}", "n": None})

    assert coded == [
        "é".encode(),
        b"\xff\xff\xff\xff\xff\xff\xff\xf9",
        b"\x00",
        bytes.fromhex("0190f5d0000070008000000000000001"),
        (1_250_000).to_bytes(8),
        b"\x00",
        b"\x01{}",
        None,
    ]
    assert statement.alone.formats == [1] * 8


def test_rows_when_joined_then_an_array_of_each_column() -> None:
    statement = DirectStatement("-", (("t", Kind.TEXT), ("i", Kind.INTEGER)), "-")
    head = (1).to_bytes(4) + (0).to_bytes(4)

    joined = statement.join([statement.encode({"t": "ab", "i": None}), statement.encode({"t": "", "i": 1})])

    two_from_one = (2).to_bytes(4) + (1).to_bytes(4)
    null = b"\xff\xff\xff\xff"
    assert joined == [
        head + (25).to_bytes(4) + two_from_one + (2).to_bytes(4) + b"ab" + (0).to_bytes(4),
        head + (20).to_bytes(4) + two_from_one + null + (8).to_bytes(4) + (1).to_bytes(8),
    ]


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
def test_text_no_database_stores_is_refused(text: str) -> None:
    with pytest.raises(InputError) as error:
        DirectStatement("-", (("t", Kind.TEXT),)).encode({"t": text})

    assert error.value.code == "unstorable_value"


def test_number_no_database_stores_is_refused() -> None:
    with pytest.raises(InputError) as error:
        DirectStatement("-", (("i", Kind.INTEGER),)).encode({"i": 2**63})

    assert error.value.code == "unstorable_value"


def test_instant_without_a_zone_is_a_fault_of_ours() -> None:
    statement = DirectStatement("-", (("a", Kind.INSTANT),))

    with pytest.raises(ValueError, match="time zone"):
        statement.encode({"a": datetime(2026, 3, 1)})  # noqa: DTZ001 - naive on purpose
