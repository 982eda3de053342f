"""Tables nobody described: proposed, answered by a person, kept as text, and known the next time."""

import pytest

from connectors.statements.acquirer_described import AcquirerDescription
from connectors.statements.csv_assistant import QuestionCode
from connectors.statements.csv_description import CsvDescription
from connectors.statements.detect import read_statements
from connectors.statements.table_assistant import Answers, description_from, description_of, description_text, propose
from gateway.domain.errors import ConfigurationError, InputError
from tests.support.bank_statements import OTHER, table

_ROWS = ["Day;Party;Account;Memo;Sum", f"02/03/2026;Payer;{OTHER};Order 7;5,00", f"04/03/2026;Payer;{OTHER};x;7,50"]
_NEXT = ["Day;Party;Account;Memo;Sum", f"05/04/2026;Payer;{OTHER};Order 8;1,25"]


def test_table_when_proposed_then_columns_have_samples_and_guesses_and_doubts_are_asked() -> None:
    found = propose(table(_ROWS))

    assert [(one.name, one.guess) for one in found.columns] == [
        ("day", "booked"),
        ("party", ""),
        ("account", "counterparty_account"),
        ("memo", "text"),
        ("sum", "amount"),
    ]
    assert found.columns[4].samples == ("5,00", "7,50")
    assert [one.code for one in found.questions] == [QuestionCode.DAY_FIRST, QuestionCode.SIGNS, QuestionCode.SUMS]
    assert not found.certain


def test_table_when_a_person_answered_then_the_next_file_is_known_by_the_kept_text() -> None:
    answers = Answers("my bank", "chf", day_first=True, debits_above_zero=True, columns={"name": "Party"})
    text = description_text(description_of(propose(table(_ROWS)), answers))

    kept = description_from("my bank", text)
    (found,) = read_statements(table(_NEXT), [kept])

    assert isinstance(kept, CsvDescription)
    assert (found.format, found.defects) == ("CSV my bank", ())
    (entry,) = found.entries
    assert (entry.amount.to_decimal(), entry.amount.currency.code) == ("-1.25", "CHF")
    assert (entry.booked_on is not None and entry.booked_on.month, entry.facts.counterparty) == (4, "Payer")


def test_table_when_it_has_no_headings_then_known_by_its_columns() -> None:
    rows = ["02.03.2026;Order 7;5,00;5,00", "03.03.2026;Order 8;-1,00;4,00", "04.03.2026;Order 9;2,00;6,00"]
    kept = description_of(propose(table(rows)), Answers("plain", "EUR"))

    (found,) = read_statements(table(["05.03.2026;Order 10;3,00;9,00"]), [kept])

    assert (found.format, found.balanced) == ("CSV plain", True)
    assert read_statements(table([*_ROWS]), [kept])[0].format == "CSV proposed"


@pytest.mark.parametrize(
    "answers",
    [
        Answers("x", currency="EURO"),
        Answers("x", columns={"amount": "nowhere"}),
        Answers("x", columns={"nothing": "sum"}),
        Answers("x", columns={"booked": ""}),
        Answers("x", columns={"text": "memo, nowhere"}),
    ],
)
def test_answers_when_they_do_not_fit_then_refused(answers: Answers) -> None:
    with pytest.raises(InputError) as refused:
        description_of(propose(table(_ROWS)), answers)

    assert refused.value.code == "answer_not_usable"


def test_description_when_it_has_any_signs_then_its_text_is_read_back_as_it_was() -> None:
    rows = [row.replace("Memo", 'No"te\\é\x7f') for row in _ROWS]
    described = description_of(propose(table(rows)), Answers("odd", "EUR", day_first=False))

    kept = description_from("odd", description_text(described))

    assert isinstance(kept, CsvDescription)
    assert (kept.columns, kept.header, kept.dates) == (described.columns, described.header, described.dates)


_REPORT = """
kind = "acquirer"
header = ["date", "type", "ref", "gross", "fee", "net", "payout id", "cur"]
decimal = "."
dates = ["%d-%m-%Y"]
[columns]
booked = "date"
kind = "type"
reference = "ref"
gross = "gross"
fee = "fee"
net = "net"
payout = "payout id"
currency = "cur"
[kinds]
payment = ["sale"]
refund = ["refund"]
payout = ["transfer"]
"""
_REPORT_ROWS = [
    "Date;Type;Ref;Gross;Fee;Net;Payout id;Cur",
    "02-03-2026;Sale;a1;10.00;0.30;9.70;P9;EUR",
    "02-03-2026;Refund;a2;-2.00;0.00;-2.00;P9;EUR",
    "03-03-2026;Transfer;a3;7.70;;7.70;P9;EUR",
]


def test_report_when_described_then_kinds_fees_and_payout_are_read() -> None:
    described = description_from("cards", _REPORT)
    assert isinstance(described, AcquirerDescription)

    (found,) = read_statements(table(_REPORT_ROWS), [described])

    assert [(entry.kind, entry.amount.minor) for entry in found.entries] == [
        ("payment", 970),
        ("refund", -200),
        ("payout", -770),
    ]
    assert found.entries[0].fee is not None
    assert (found.entries[0].fee.minor, found.entries[0].facts.batch_id) == (-30, "P9")
    assert (found.format, found.id, found.balanced, found.defects) == ("Acquirer cards", "P9", True, ())


def test_report_when_a_row_does_not_add_up_or_has_no_day_then_told() -> None:
    rows = [*_REPORT_ROWS, "04-03-2026;Sale;a4;1.00;0.10;1.00;P9;EUR", "never;Sale;a5;1.00;0;1.00;P9;EUR"]

    (found,) = read_statements(table(rows), [description_from("cards", _REPORT)])

    assert {one.code for one in found.defects} >= {"net_differs", "entry_left_out"}
    assert found.balanced is False


@pytest.mark.parametrize(
    "text",
    [
        "no toml",
        'kind = "other"',
        'kind = "acquirer"',
        _REPORT.replace('net = "net"\n', "").replace('gross = "gross"\n', ""),
        _REPORT.replace('fee = "fee"', 'fee = "missing"'),
        _REPORT.replace("refund =", "nothing ="),
        _REPORT.replace('["sale"]', "[1]"),
        _REPORT.replace("decimal =", "decimals ="),
        _REPORT.replace('decimal = "."', "decimal = true"),
        "[columns]\nbooked = 1\namount = 2",
    ],
)
def test_description_when_it_cannot_be_used_then_refused(text: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        description_from("cards", text)

    assert refused.value.code == "invalid_csv_description"
