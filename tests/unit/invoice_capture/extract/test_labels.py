"""Every file of labels is complete, and labels are found as a person would."""

from __future__ import annotations

import tomllib
from importlib import resources

import pytest

from invoice_capture.extract.folding import compact
from invoice_capture.extract.labels import lexicon, lexicon_of, with_learned
from invoice_capture.extract.layout import sheet_of
from invoice_capture.extract.spots import Spots
from tests.support.drawn_invoices import Pen

_FILES = sorted(
    one.name for one in resources.files("invoice_capture").joinpath("hints").iterdir() if one.name.startswith("labels_")
)
_KINDS = (
    "invoice_number date due_date order_ref currency vat_id iban net tax total payable prepaid supplier buyer terms "
    "col_text col_quantity col_price col_amount type_invoice type_credit_note other"
)
_NEEDED = frozenset(_KINDS.split())


@pytest.mark.parametrize("name", [one for one in _FILES if one != "labels_int.toml"])
def test_labels_when_read_then_a_language_has_what_an_invoice_needs(name: str) -> None:
    file = tomllib.loads(resources.files("invoice_capture").joinpath("hints", name).read_text(encoding="utf-8"))

    assert sorted(_NEEDED - file["labels"].keys()) == []
    assert len(file["words"]) >= 10
    assert file["phrases"]["tax_free"]
    assert all(compact(text) for table in ("labels", "weak") for texts in file[table].values() for text in texts)


def test_labels_when_counted_then_there_are_thirteen_languages() -> None:
    assert len(lexicon().words) == 13


@pytest.mark.parametrize(
    "broken", [{}, {"language": "xx", "words": [], "phrases": {"salutations": [], "tax_free": []}}]
)
def test_labels_when_a_table_lacks_then_it_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="labels lacks"):
        lexicon_of([broken])


def test_language_when_words_are_mixed_then_most_decide() -> None:
    text = "Bitte zahlen Sie den Betrag auf das Konto und danke for your order"

    assert lexicon().language_of(compact(one) for one in text.split()) == "de"
    assert lexicon().language_of(["4711"]) == ""


def test_spot_when_words_stand_before_its_colon_then_they_belong_to_it() -> None:
    pen = Pen()
    pen.write(60, 100, "Bestellnummer des Kunden: B-17")
    spots = Spots(sheet_of((pen.page(),)), lexicon())

    spot = spots.spots[0]

    assert spot.says("order_ref") is not None
    assert next(iter(spots.values(spot))).text == "B-17"


def test_spot_when_several_labels_fit_then_the_longest_is_meant() -> None:
    pen = Pen()
    pen.write(60, 100, "Rechnungsbetrag netto")
    spots = Spots(sheet_of((pen.page(),)), lexicon())

    assert [one.text for one in spots.spots] == ["Rechnungsbetrag netto"]


def test_learned_label_when_added_then_it_is_strong() -> None:
    learned = with_learned(lexicon(), {"order_ref": ["Vorgangskennung"]})

    assert [(one.kind, one.strong) for one in learned.meanings["vorgangskennung"]] == [("order_ref", True)]
