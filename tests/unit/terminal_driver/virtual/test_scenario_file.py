"""Scenario files: what may stand in them, and how a wrong one is told."""

from pathlib import Path

import pytest

from terminal_driver.virtual.refusals import Refusal
from terminal_driver.virtual.scenario_file import (
    FILE_BYTES_MAX,
    SCENARIOS_MAX,
    STEPS_MAX,
    ScenarioFileError,
    load_scenarios,
    read_scenarios,
)
from terminal_driver.virtual.scenarios import BUILT_IN_FILE, SCENARIOS, LineShape, PrintForm, built_in_text
from terminal_driver.virtual.steps import (
    Abort,
    Ask,
    AwaitCard,
    AwaitPin,
    AwaitRelease,
    Book,
    Complete,
    CutLine,
    CutLineAtNextAnswer,
    Ended,
    Mute,
    PrintApproved,
    PrintDeclined,
    Question,
    Say,
    SendRefusal,
    SendResult,
    Step,
    TakeBack,
)

BOOKING = '{ book = "asked" },'
HEAD = '[[scenario]]\nname = "mine"\nsummary = "my own"\n'


def _steps(text: str, ends: dict[type, Ended] | None = None, *, sequences: str = "") -> list[Step]:
    """Play the only scenario of a file whose steps are ``text``, each step ending as told."""
    program = read_scenarios(f"{sequences}{HEAD}steps = [{text}]", "mine.toml")["mine"].program()
    found = [next(program)]
    while True:
        try:
            found.append(program.send((ends or {}).get(type(found[-1]), Ended.DONE)))
        except StopIteration:
            return found


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ('{ say = "insert_card" }', Say("insert_card")),
        ('{ say = "insert_card", patience = true }', Say("insert_card", patience=True)),
        ('{ await = "card" }', AwaitCard()),
        ('{ await = "pin" }', AwaitPin()),
        ('{ await = "release" }', AwaitRelease()),
        ('{ book = "asked" }', Book()),
        ('{ book = "more", by = 7 }', Book(amount_added=7)),
        ('{ book = "part", percent = 30 }', Book(percent=30)),
        ('{ book = "with_tip", by = 50 }', Book(tip_minor=50)),
        ('{ book = "last_instead" }', Book(last_instead=True)),
        ('{ send = "completion" }', Complete()),
        ('{ refuse = "card_expired" }', SendRefusal(Refusal.CARD_EXPIRED)),
        ('{ refuse = "declined", code = 0x33 }', SendRefusal(Refusal.DECLINED, 0x33)),
        ('{ print = "refusal", reason = "declined" }', PrintDeclined(Refusal.DECLINED)),
        ('{ abort = "no_host" }', Abort(Refusal.NO_HOST)),
        ('{ ask = "menu" }', Ask(Question.MENU)),
        ('{ line = "cut" }', CutLine()),
        ('{ line = "cut_at_next_answer" }', CutLineAtNextAnswer()),
        ('{ line = "mute" }', Mute()),
    ],
)
def test_step_when_written_then_read_as_it_is_meant(text: str, step: Step) -> None:
    assert _steps(text) == [step]


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ('{ undo = "a whim" }', TakeBack("a whim")),
        ('{ send = "result" }', SendResult()),
        ('{ print = "receipts" }', PrintApproved()),
        ('{ print = "receipts", signature = true }', PrintApproved(signature=True)),
    ],
)
def test_step_about_a_booking_when_written_after_it_then_read_as_it_is_meant(text: str, step: Step) -> None:
    assert _steps('{ book = "asked" }, ' + text) == [Book(), step]


def test_switches_when_written_then_they_are_the_scenarios() -> None:
    text = HEAD + (
        'answering = "busy"\nline_shape = "split_and_glued"\nprint_form = "lines"\n'
        "card_after_s = 2\npin_after_s = 0.5\n"
        "release_after_s = 3\nline_back_after_s = 1.5\nbusy_answers = 4\nreverses_unanswered = true\n"
        'reverses_unprinted = true\nsteps = [{ send = "completion" }]\n'
    )

    scenario = read_scenarios(text, "mine.toml")["mine"]

    assert (scenario.name, scenario.summary, scenario.answering) == ("mine", "my own", "busy")
    assert (scenario.line_shape, scenario.print_form) == (LineShape.SPLIT_AND_GLUED, PrintForm.LINES)
    assert (scenario.card_after_s, scenario.pin_after_s, scenario.release_after_s) == (2, 0.5, 3)
    assert (scenario.line_back_after_s, scenario.busy_answers) == (1.5, 4)
    assert scenario.reverses_unanswered
    assert scenario.reverses_unprinted


def test_wait_when_cancelled_then_the_usual_end_follows_and_nothing_else() -> None:
    found = _steps('{ await = "card" }, { book = "asked" }', {AwaitCard: Ended.CANCELLED})

    assert found == [AwaitCard(), Say("stopped"), SendRefusal(Refusal.CANCELLED), Abort(Refusal.CANCELLED)]


def test_step_when_refused_then_the_named_sequence_is_played() -> None:
    own = '[sequences]\nstubborn = [{ say = "malfunction" }, { abort = "system_error" }]\n'

    found = _steps(
        '{ book = "asked" }, { send = "result", if_refused = "stubborn" }', {SendResult: Ended.REFUSED}, sequences=own
    )

    assert found == [Book(), SendResult(), Say("malfunction"), Abort(Refusal.SYSTEM_ERROR)]


def test_question_when_refused_without_a_word_about_it_then_the_next_step_follows() -> None:
    found = _steps('{ ask = "input" }, { book = "asked" }', {Ask: Ended.REFUSED})

    assert found == [Ask(Question.INPUT), Book()]


def test_built_in_sequence_when_used_in_an_own_file_then_it_is_put_in() -> None:
    found = _steps('{ do = "card_and_pin" }, { line = "cut" }')

    assert [type(step) for step in found] == [Say, AwaitCard, Say, AwaitPin, Say, CutLine]


def test_own_sequence_when_it_has_a_built_in_name_then_it_goes_before_it_in_its_file_only() -> None:
    found = _steps('{ do = "card" }', sequences='[sequences]\ncard = [{ await = "card" }]\n')

    assert found == [AwaitCard()]
    assert len(_steps('{ do = "card" }')) == 2


_BAD = {
    "no toml": ("= 3", "Invalid"),
    "empty": ("", "no [[scenario]]"),
    "unknown table": ('[extra]\nx = 1\n[[scenario]]\nname = "a"', "allowed: scenario, sequences"),
    "not a list of tables": ("scenario = 3", "no [[scenario]]"),
    "not a table": ("scenario = [3]", "scenario 1: a table"),
    "no name": ('[[scenario]]\nsummary = "x"\nsteps = [{ send = "completion" }]', "scenario 1: name"),
    "odd name": ('[[scenario]]\nname = "Not so"\nsummary = "x"', "scenario 1: name"),
    "no summary": ('[[scenario]]\nname = "mine"\nsteps = [{ send = "completion" }]', "'mine': summary"),
    "long summary": (f'[[scenario]]\nname = "mine"\nsummary = "{"x" * 201}"', "at most 200"),
    "control sign": ('[[scenario]]\nname = "mine"\nsummary = "a\\u0007b"', "summary"),
    "no steps": (HEAD, "'mine': steps"),
    "empty steps": (f"{HEAD}steps = []", "'mine': steps"),
    "unknown word": (f'{HEAD}colour = "red"\nsteps = [{{ send = "completion" }}]', "'colour'; allowed: steps, name"),
    "wrong enum": (f'{HEAD}answering = "maybe"\nsteps = [{{ send = "completion" }}]', "willing, busy, silent"),
    "seconds below": (f'{HEAD}card_after_s = -1\nsteps = [{{ send = "completion" }}]', "card_after_s"),
    "seconds nan": (f'{HEAD}card_after_s = nan\nsteps = [{{ send = "completion" }}]', "card_after_s"),
    "seconds inf": (f'{HEAD}line_back_after_s = inf\nsteps = [{{ send = "completion" }}]', "0 to 3600"),
    "seconds true": (f'{HEAD}pin_after_s = true\nsteps = [{{ send = "completion" }}]', "pin_after_s"),
    "count": (f'{HEAD}busy_answers = 1.5\nsteps = [{{ send = "completion" }}]', "a whole number from 0 to 1000"),
    "switch": (f'{HEAD}reverses_unanswered = 1\nsteps = [{{ send = "completion" }}]', "true or false"),
    "step no table": (f'{HEAD}steps = ["book"]', "'mine', step 1: a table"),
    "no verb": (f"{HEAD}steps = [{{ jump = 1 }}]", "step 1: one of these words is wanted: say, await"),
    "two verbs": (f'{HEAD}steps = [{{ book = "asked", send = "result" }}]', "one of these words"),
    "word beside": (f'{HEAD}steps = [{{ book = "asked", by = 3 }}]', "unknown word 'by' beside 'book'"),
    "unknown progress": (f'{HEAD}steps = [{{ say = "hello" }}]', "'hello' is not allowed; allowed:"),
    "unknown reason": (f'{HEAD}steps = [{{ refuse = "no" }}]', "allowed: declined, cancelled"),
    "no reason": (f'{HEAD}steps = [{{ print = "refusal" }}]', "reason: None is not allowed"),
    "unhashable": (f"{HEAD}steps = [{{ say = [1] }}]", "[1] is not allowed"),
    "amount": (f'{HEAD}steps = [{{ book = "more", by = 1.5 }}]', "by: a whole number"),
    "amount missing": (f'{HEAD}steps = [{{ book = "with_tip" }}]', "by: a whole number"),
    "percent": (f'{HEAD}steps = [{{ book = "part", percent = 100 }}]', "from 1 to 99"),
    "code": (f'{HEAD}steps = [{{ abort = "declined", code = 256 }}]', "from 1 to 255"),
    "flag": (f'{HEAD}steps = [{{ say = "insert_card", patience = 1 }}]', "patience: true or false"),
    "undo": (f'{HEAD}steps = [{{ undo = "" }}]', "undo: the reason"),
    "third step": (f'{HEAD}steps = [{{ do = "card" }}, {{ send = "completion" }}, {{ x = 1 }}]', "'mine', step 3"),
    "do not alone": (f'{HEAD}steps = [{{ do = "card", patience = true }}]', "'do' stands alone"),
    "unknown sequence": (f'{HEAD}steps = [{{ do = "nothing" }}]', "no sequence 'nothing'; there are stopped"),
    "do a number": (f"{HEAD}steps = [{{ do = 3 }}]", "no sequence 3"),
    "unknown after": (f'{HEAD}steps = [{{ await = "card", if_cancelled = "gone" }}]', "no sequence 'gone'"),
    "after a number": (f'{HEAD}steps = [{{ await = "card", if_cancelled = 3 }}]', "the name of a sequence"),
    "sequence of nothing": ("[sequences]\na = []\n" + HEAD + 'steps = [{ do = "a" }]', "sequence 'a': steps"),
    "sequences no table": ("sequences = 3\n" + HEAD + 'steps = [{ send = "result" }]', "a table of named lists"),
    "sequence name": ('[sequences]\nA = [{ send = "result" }]\n' + HEAD, "sequence 'A'"),
    "itself": ('[sequences]\na = [{ do = "b" }]\nb = [{ do = "a" }]\n' + HEAD, "uses itself"),
    "itself when cancelled": (
        '[sequences]\na = [{ await = "pin", if_cancelled = "a" }]\n' + HEAD,
        "sequence 'a', step 1: the sequence 'a' uses itself",
    ),
    "unused but wrong": ('[sequences]\na = [{ say = "x" }]\n' + HEAD, "sequence 'a', step 1"),
    "twice": (2 * f'{HEAD}steps = [{{ send = "completion" }}]\n', "'mine' is described twice"),
    "too many steps": (f"{HEAD}steps = [{BOOKING * (STEPS_MAX + 1)}]", "more than 100 steps"),
    "too many scenarios": ("[[scenario]]\n" * (SCENARIOS_MAX + 1), "more than 200 scenarios"),
    "no booking": (f'{HEAD}steps = [{{ send = "result" }}]', "'mine': a booking is sent, printed or undone before"),
    "no booking after a stop": (
        '[sequences]\nodd = [{ undo = "x" }]\n'
        + HEAD
        + 'steps = [{ await = "card", if_cancelled = "odd" }, { book = "asked" }]',
        "before any 'book'",
    ),
    "deep nesting": ("x = " + "[" * 5000, "mine.toml: "),
}


@pytest.mark.parametrize("name", _BAD)
def test_file_when_wrong_then_told_where_and_what_is_allowed(name: str) -> None:
    text, told = _BAD[name]

    with pytest.raises(ScenarioFileError) as caught:
        read_scenarios(text, "mine.toml")

    assert str(caught.value).startswith("mine.toml: ")
    assert told in str(caught.value)


def test_many_uses_of_many_sequences_when_read_then_it_is_quick() -> None:
    """Each sequence goes on with the next one in both cases: played out in full that would be 2 to the 60th steps."""
    names = [f"s{number}" for number in range(60)]
    lines = [
        f'{name} = [{{ await = "card", if_cancelled = "{after}" }}, {{ await = "pin", if_cancelled = "{after}" }}]'
        for name, after in zip(names, [*names[1:], "stopped"], strict=True)
    ]

    found = read_scenarios("[sequences]\n" + "\n".join(lines) + f'\n{HEAD}steps = [{{ do = "s0" }}]', "mine.toml")

    assert list(found) == ["mine"]


def test_file_when_loaded_then_its_scenarios_are_there(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f'{HEAD}steps = [{{ do = "approve" }}]', "utf-8")

    assert list(load_scenarios(path)) == ["mine"]


def test_file_when_too_large_or_no_text_then_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"#" * (FILE_BYTES_MAX + 1))
    with pytest.raises(ScenarioFileError, match="larger"):
        load_scenarios(path)

    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ScenarioFileError, match="UTF-8"):
        load_scenarios(path)


def test_file_when_it_takes_a_built_in_name_then_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[[scenario]]\nname = "approve"\nsummary = "x"\nsteps = [{ do = "approve" }]', "utf-8")

    with pytest.raises(ScenarioFileError, match="built-in"):
        load_scenarios(path)


def test_built_in_file_when_read_then_its_scenarios_are_in_order() -> None:
    assert list(read_scenarios(built_in_text(), BUILT_IN_FILE)) == list(SCENARIOS)
    assert next(iter(SCENARIOS)) == "approve"
