"""Use cases of what the shop owes: from an accepted invoice to the money at the supplier."""
