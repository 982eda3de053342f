"""Mixed documents against an ERP in which every tenth call goes wrong: each is there once, nothing stays unknown."""

from __future__ import annotations

import pytest

from gateway.domain.money import Money
from gateway.ports.erp import hints_of
from tests.support.erp_bringing import brought
from tests.support.erp_documents import EUR, mixed
from tests.support.erp_rig import RIGS
from tests.support.thoroughness import THOROUGH

DOCUMENTS = 1_000 if THOROUGH else 150


@pytest.mark.parametrize("name", sorted(RIGS))
def test_documents_when_every_tenth_call_goes_wrong_then_each_is_booked_once(name: str) -> None:
    documents = mixed(DOCUMENTS, seed=8)
    with RIGS[name](rate=0.1, seed=21) as rig:
        connector = rig.connector()
        unresolved = [one.key for one in documents if not brought(connector, one)]
        happened = rig.erp.faults.happened
        rig.quiet()

        booked = rig.all_booked()
        keys = [one.key for one in booked]
        expected = {one.key: one for one in documents}
        sums = {one.key: one.gross for one in booked}
        files = {one.key: one.files for one in booked}

        assert unresolved == []
        assert (len(keys), set(keys)) == (len(set(keys)), set(expected))
        for key, document in expected.items():
            found = connector.find(document.kind, key, hints_of(document))
            assert found is not None
            assert found.sums is not None
            assert sums[key] == Money(found.sums.gross_minor, EUR).to_decimal()
            if (gross := getattr(document, "gross_minor", None)) and hasattr(document, "attachments"):
                assert found.sums.gross_minor == gross
                assert files[key] == tuple(file.content for file in document.attachments)
    assert happened > DOCUMENTS // 10
