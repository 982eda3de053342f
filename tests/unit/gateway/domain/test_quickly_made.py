"""The quick constructor does what the usual one does, and refuses classes it was not written for."""

import copy
import pickle
from dataclasses import FrozenInstanceError, dataclass, field

import pytest

from gateway.domain.money import Currency, Money
from gateway.domain.quickly_made import quickly_made

EUR = Currency.of("EUR")


@quickly_made
@dataclass(frozen=True, slots=True)
class Parcel:
    """Something with a field that has a usual content."""

    number: int
    note: str = "none"


def test_made_when_by_place_or_by_name_then_equal_with_the_usual_content() -> None:
    assert Parcel(1) == Parcel(number=1, note="none")
    assert Parcel(2, "fragile").note == "fragile"
    assert Parcel(1) != Parcel(2)
    assert len({Parcel(1), Parcel(number=1)}) == 1


def test_made_when_copied_or_pickled_then_equal() -> None:
    amount = Money(-5, EUR)
    assert copy.deepcopy(amount) == amount
    assert pickle.loads(pickle.dumps(amount)) == amount  # noqa: S301  # our own bytes


def test_made_when_a_field_is_changed_then_refused() -> None:
    parcel = Parcel(1)
    with pytest.raises(FrozenInstanceError):
        parcel.number = 2  # type: ignore[misc]  # what is tested


@pytest.mark.parametrize("given", [(), (1, "a", "b")])
def test_made_when_contents_are_missing_or_too_many_then_refused(given: tuple[object, ...]) -> None:
    with pytest.raises(TypeError):
        Parcel(*given)  # type: ignore[arg-type]  # what is tested


def test_quickly_made_when_a_field_has_a_factory_or_a_class_has_no_slots_then_refused() -> None:
    @dataclass(frozen=True, slots=True)
    class WithFactory:
        parts: list[int] = field(default_factory=list)

    @dataclass(frozen=True)
    class WithoutSlots:
        number: int

    for kind in (WithFactory, WithoutSlots):
        with pytest.raises(TypeError):
            quickly_made(kind)
