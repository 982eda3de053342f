"""Statements in pages: put together for import, and told where a page is missing."""

from connectors.statements.detect import read_statements
from connectors.statements.pages import join_pages
from connectors.statements.statement import Statement
from tests.support.bank_statements import IBAN, camt, camt_entry

_FIRST = (":28C:7/1", ":60F:C260301EUR0,00", ":61:2603020302C5,00NTRFNONREF//A", ":62M:C260302EUR5,00")
_SECOND = (":28C:7/2", ":60M:C260302EUR5,00", ":61:2603020302C6,00NTRFNONREF//B", ":62M:C260302EUR11,00")
_THIRD = (":28C:7/3", ":60M:C260302EUR11,00", ":61:2603020302D1,00NTRFNONREF//C", ":62F:C260302EUR10,00")


def _pages(*pages: tuple[str, ...]) -> tuple[Statement, ...]:
    lines = [line for page in pages for line in (":20:START", f":25:{IBAN}", *page, "-")]
    return read_statements("\r\n".join(lines).encode())


def test_pages_when_all_are_there_then_one_statement_in_any_order() -> None:
    for order in ((_FIRST, _SECOND, _THIRD), (_THIRD, _FIRST, _SECOND), (_FIRST, _SECOND, _SECOND, _THIRD)):
        (whole,) = join_pages(_pages(*order))

        assert [entry.amount.minor for entry in whole.entries] == [500, 600, -100]
        assert (whole.balanced, whole.is_last_page, whole.defects) == (True, True, ())


def test_pages_when_one_is_missing_then_told_and_not_balanced() -> None:
    (whole,) = join_pages(_pages(_FIRST, _THIRD))

    assert [one.code for one in whole.defects] == ["page_missing", "not_balanced"]
    assert whole.balanced is False
    assert len(whole.entries) == 2


def test_pages_when_the_last_is_missing_then_told() -> None:
    (whole,) = join_pages(_pages(_FIRST, _SECOND))

    assert ([one.code for one in whole.defects], whole.balanced) == (["page_missing"], False)


def test_pages_when_they_have_no_numbers_then_the_balances_put_them_together() -> None:
    (whole,) = join_pages(_pages(*(page[1:] for page in (_FIRST, _SECOND, _THIRD))))

    assert (len(whole.entries), whole.balanced) == (3, True)


def test_pages_when_a_number_comes_again_next_year_then_no_entry_is_lost() -> None:
    later = [tuple(line.replace("2603", "2703").replace("//", "//X") for line in page) for page in (_FIRST, _SECOND)]
    found = join_pages(_pages(_FIRST, _SECOND, _THIRD, *later))

    assert [len(one.entries) for one in found] == [3, 2]


def test_pages_when_camt_gives_balances_between_them_then_joined() -> None:
    def page(number: int, last: str, balances: tuple[str, str], amount: str) -> bytes:
        plain = camt([camt_entry(amount)], "0.00", "9.00").decode()
        mark = f"<StmtPgntn><PgNb>{number}</PgNb><LastPgInd>{last}</LastPgInd></StmtPgntn>"
        return plain.replace("<Id>S1</Id>", f"<Id>S1</Id>{mark}").replace(*balances).encode()

    first, second = page(1, "false", ("CLBD", "ITBD"), "9.00"), page(2, "true", ("OPBD", "ITBD"), "9.00")
    second = second.replace(b">0.00<", b">9.00<", 1).replace(b'<Amt Ccy="EUR">9.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt>'
        b"<Dt>2026-03-02</Dt></Dt></Bal><Ntry>", b'<Amt Ccy="EUR">18.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt>'
        b"<Dt>2026-03-02</Dt></Dt></Bal><Ntry>")  # fmt: skip

    (whole,) = join_pages([*read_statements(first), *read_statements(second)])

    assert (len(whole.entries), whole.balanced) == (2, True)


def test_statements_when_they_have_one_page_then_given_back_as_they_are() -> None:
    plain = read_statements(camt([camt_entry("1.00")], "0.00", "1.00"))

    assert join_pages([*plain, *plain]) == (*plain, *plain)
