"""Shapes of names, addresses and ways to reach somebody."""

from __future__ import annotations

import pytest

from invoice_capture.extract import extract_invoice
from invoice_capture.extract.names import (
    domains_of,
    has_legal_form,
    is_contact,
    is_name,
    is_postcode_line,
    is_street,
    parts_of,
    trade_name,
    without_legal_form,
)
from invoice_capture.memory import SupplierMemory
from invoice_capture.model import FieldName, ReadDocument
from tests.support.drawn_invoices import Pen


@pytest.mark.parametrize(
    "text", ["Nord GmbH & Co. KG", "Tools Ltd.", "Atelier SARL", "Officina S.r.l.", "Oy Testi Ab", "Huta Sp. z o.o."]
)
def test_legal_form_when_it_ends_a_name_then_it_is_seen(text: str) -> None:
    assert has_legal_form(text)
    assert len(without_legal_form(text)) < len(text)


@pytest.mark.parametrize("text", ["Agentur Süd", "Sachen", "Total", "Bergmann"])
def test_legal_form_when_letters_only_look_like_one_then_it_is_none(text: str) -> None:
    assert not has_legal_form(text)


@pytest.mark.parametrize(
    "text",
    [
        "80333 München",
        "D-63571 Gelnhausen",
        "London SW1A 1AA",
        "Dallas, TX 75201",
        "00-001 Warszawa",
        "411 09 Göteborg",
    ],
)
def test_town_when_it_has_a_postcode_then_it_is_seen(text: str) -> None:
    assert is_postcode_line(text)
    assert not is_name(text)


def test_street_when_it_has_a_number_then_it_is_seen() -> None:
    assert is_street("Lange Gasse 7a")
    assert is_street("12 Quay Street")
    assert not is_street("Nordlicht Werkzeuge")


def test_contact_when_a_name_begins_alike_then_it_is_none() -> None:
    assert is_contact("Tel. 0711 1234")
    assert is_contact("Téléphone : 01 02 03")
    assert not is_contact("Telco Plus")
    assert is_name("Telco Plus")


def test_sender_line_when_parted_then_name_comes_first() -> None:
    assert parts_of("Nord AG - Hafenweg 1 - 24103 Kiel") == ("Nord AG", "Hafenweg 1", "24103 Kiel")


def test_domain_when_of_a_mail_provider_then_it_is_left_out() -> None:
    assert domains_of("www.nord-werkzeuge.example, info@gmail.com") == ("nordwerkzeuge",)


def test_french_form_when_stated_with_its_capital_then_it_is_not_a_part_of_the_name() -> None:
    assert trade_name("Le Quai SARL", "Le Quai SARL - SARL au capital de 1 000 €") == "Le Quai"
    assert trade_name("Le Quai SARL", "Le Quai SARL") == "Le Quai SARL"


def test_parties_when_one_is_saluted_then_he_is_the_buyer() -> None:
    pen = Pen()
    for place, text in enumerate(("Telco Plus", "8 rue de la Ville", "75008 PARIS")):
        pen.write(40, 40 + 13 * place, text)
    for place, text in enumerate(("Monsieur Jean Exemple", "3 place du Port", "69003 LYON")):
        pen.write(330, 66 + 13 * place, text)

    fields = extract_invoice(ReadDocument("pdf", (pen.page(),)), SupplierMemory.empty()).fields

    assert (fields[FieldName.COMPANY].value, fields[FieldName.BUYER].value) == ("Telco Plus", "Jean Exemple")
    assert fields[FieldName.ADDRESS].value == "8 rue de la Ville, 75008 PARIS"
