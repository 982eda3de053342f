"""Free text: bounded, clean, without card numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.web.free_text import REASON_MAX, is_clean
from gateway.web.request_shapes import AskedLine, PaymentRequest, ResolutionRequest

ID = "0190a0a0-0000-7000-8000-000000000000"
CARDS = ("4111111111111111", "5500005555555559", "340000000000009", "6011000990139424")


@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize("form", ["{}", "card {} please", "{}."])
def test_reference_when_it_holds_a_card_number_then_it_is_cut(card: str, form: str) -> None:
    amount = {"amount": "1.00", "currency": "EUR"}

    spaced = " ".join(card[start : start + 4] for start in range(0, len(card), 4))

    for written in (card, spaced):
        body = PaymentRequest.model_validate({"id": ID, "amount": amount, "reference": form.format(written)})
        digits = "".join(sign for sign in str(body.reference) if sign.isdigit())
        assert card not in digits
        assert len(digits) <= 10
        line = AskedLine.model_validate(
            {"text": form.format(written), "quantity": "1", "unit_price": amount, "amount": amount}
        )
        assert card not in line.text.replace(" ", "")


@given(st.text(max_size=40))
def test_reason_when_given_any_text_then_kept_clean_or_refused(text: str) -> None:
    try:
        body = ResolutionRequest.model_validate({"paid": True, "reason": text})
    except ValidationError:
        return
    assert is_clean(body.reason)
    assert body.reason.isprintable() or " " in body.reason or len(body.reason) == len(text)
    assert not any(sign < " " or "\x7f" <= sign <= "\x9f" for sign in body.reason)


@pytest.mark.parametrize("text", ["", "x" * (REASON_MAX + 1), "a\x00b", "a\nb", "a\x1b@b", "a\u202eb", "a\u2028b"])
def test_reason_when_empty_long_or_with_control_signs_then_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        ResolutionRequest.model_validate({"paid": True, "reason": text})
