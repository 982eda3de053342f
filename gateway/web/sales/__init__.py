"""The till: sales, items, parked bills, returns, the customer's display."""
