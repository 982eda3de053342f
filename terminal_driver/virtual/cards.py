"""The cards one can hold against the virtual terminal. Numbers: the schemes' public test numbers, masked."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Card:
    """A card as the terminal reports it. ``type_id``: BMP 8A. ``masked``: first six and last four digits at most.

    ``balance_minor``: what a prepaid card of this brand would hold, in minor units.
    """

    name: str
    type_id: int
    masked: str
    balance_minor: int = 0


CARDS: dict[str, Card] = {
    card.name.lower(): card
    for card in (
        Card("girocard", 0x05, "672590*********0001", 5000),
        Card("Mastercard", 0x06, "555555******4444", 2500),
        Card("Visa", 0x0A, "411111******1111", 1000),
        Card("Maestro", 0x2E, "675964******0010"),
    )
}


def card_named(brand: str) -> Card:
    """Return the card of a brand, whatever its case.

    Raises:
        ValueError: no such card here.
    """
    try:
        return CARDS[brand.lower()]
    except KeyError:
        raise ValueError(f"no card {brand!r}; there are {', '.join(sorted(CARDS))}") from None
