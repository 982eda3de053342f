"""Ids of payments by the way they go."""

from gateway.domain.ids import StoreId, TenantId
from gateway.domain.payables.payment_order import PaymentRun, RunState
from gateway.services.payables.run_orders import in_attempt
from tests.support.bank_orders import CREATED_AT, RUN_ID, TODAY, ach, order

_RUN = PaymentRun(
    TenantId("t"), StoreId("s"), RUN_ID, 1, TODAY, RunState.PROPOSED, "", "system", CREATED_AT, CREATED_AT, attempt=2
)


def test_id_when_the_payment_goes_by_ach_then_its_return_can_name_all_of_it() -> None:
    assert len(in_attempt(_RUN, ach(1)).end_to_end_id) == 15
    assert len(in_attempt(_RUN, order(1)).end_to_end_id) > 20


def test_ids_when_ach_shortens_them_then_they_still_differ() -> None:
    ids = {in_attempt(_RUN, ach(number)).end_to_end_id for number in range(1, 2_001)}

    assert len(ids) == 2_000
