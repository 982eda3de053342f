"""JSON and XML as a hostile terminal may write them: refused by name, or read to the digit."""

from decimal import Decimal

import pytest

from terminal_driver.errors import RemoteProtocolError
from terminal_driver.nexo.json_text import parse_json, write_json
from terminal_driver.nexo.xml_text import ELEMENTS_MAX, parse_xml, write_xml


def _code_of(parse: object, data: bytes) -> str:
    assert callable(parse)
    with pytest.raises(RemoteProtocolError) as caught:
        parse(data)
    return caught.value.code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"\xff\xfe{", "not_utf8"),
        (b"", "bad_json"),
        (b"[]", "bad_json"),
        (b'"SaleToPOIResponse"', "bad_json"),
        (b'{"a":1', "bad_json"),
        (b"{'a':1}", "bad_json"),
        (b'{"a":NaN}', "bad_json"),
        (b'{"a":-Infinity}', "bad_json"),
        (b'{"a":1}{"a":2}', "bad_json"),
        (b'{"AuthorizedAmount":1.00,"AuthorizedAmount":9.00}', "duplicate_key"),
        (b'{"a":{"b":1,"b":1}}', "duplicate_key"),
        (b'{"a":' + b"9" * 5_000 + b"}", "huge_number"),
        (b'{"a":0.' + b"1" * 5_000 + b"}", "huge_number"),
        (b'{"a":1e999999}', "huge_number"),
        (b'{"a":1e-999999}', "huge_number"),
        (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested_too_deep"),
        (b'{"a":' * 25 + b"1" + b"}" * 25, "nested_too_deep"),
    ],
)
def test_json_when_it_is_no_message_then_refused_by_name(text: bytes, code: str) -> None:
    assert _code_of(parse_json, text) == code


def test_json_when_brackets_stand_in_text_then_they_nest_nothing() -> None:
    text = '{"a":"' + "[{" * 1_000 + '\\"[","b":"\\\\"}'

    assert parse_json(text.encode()) == {"a": "[{" * 1_000 + '"[', "b": "\\"}


def test_json_when_amounts_have_places_then_they_stay_decimal() -> None:
    tree = parse_json(b'{"a":0.1,"b":10.00,"c":7,"d":null,"e":1E2}')

    assert tree == {"a": Decimal("0.1"), "b": Decimal("10.00"), "c": 7, "e": Decimal("1E+2")}
    assert write_json(tree) == b'{"a":0.1,"b":10.00,"c":7,"e":100}'


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "bad_xml"),
        (b"<a>", "bad_xml"),
        (b"<a></b>", "bad_xml"),
        (b"<a/><a/>", "bad_xml"),
        (b'<a b="1" b="2"/>', "bad_xml"),
        (b"<a>&ent;</a>", "bad_xml"),
        (b"<a>\xff</a>", "bad_xml"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "doctype_refused"),
        (b'<!DOCTYPE a SYSTEM "file:///secret"><a/>', "doctype_refused"),
        (b'<?xml version="1.0" encoding="UTF-16"?><a/>', "foreign_encoding"),
        (b'<?xml version="1.0" encoding="ISO-8859-1"?><a/>', "foreign_encoding"),
        (b'<a b="1"><b>2</b></a>', "duplicate_key"),
        (b"<a>" * 25 + b"</a>" * 25, "nested_too_deep"),
        (b"<a>" + b"<b/>" * ELEMENTS_MAX + b"</a>", "too_many_elements"),
    ],
)
def test_xml_when_it_is_no_message_then_refused_by_name(text: bytes, code: str) -> None:
    assert _code_of(parse_xml, text) == code


def test_xml_when_single_values_are_attributes_or_elements_then_read_alike() -> None:
    as_attribute = parse_xml(b'<a><Response Result="Success"/></a>')
    as_element = parse_xml(b"<a><Response><Result>Success</Result></Response></a>")

    assert as_attribute == as_element == {"a": {"Response": {"Result": "Success"}}}


def test_xml_when_names_have_namespaces_then_they_are_passed_over() -> None:
    text = (
        b'<n:a xmlns:n="urn:x" xmlns="urn:y" xmlns:xsi="urn:z" xsi:noNamespaceSchemaLocation="m.xsd"><n:b c="1"/></n:a>'
    )

    assert parse_xml(text) == {"a": {"b": {"c": "1"}}}


def test_xml_when_an_element_is_repeated_then_a_list() -> None:
    assert parse_xml(b"<a><b>1</b><b>2</b><b>3</b></a>") == {"a": {"b": ["1", "2", "3"]}}


def test_xml_when_text_has_markup_and_line_ends_then_they_survive() -> None:
    tree = {"a": {"OutputText": {"Text": ' <1 & "2">\n\tü', "CharacterStyle": 'a"\n<'}}}

    assert parse_xml(write_xml(tree)) == tree  # type: ignore[arg-type]  # a tree as any other


def test_xml_when_text_has_signs_it_cannot_hold_then_they_are_replaced() -> None:
    assert parse_xml(write_xml({"a": {"b": "1\x00\x1b2\ud800"}})) == {"a": {"b": "1??2?"}}
