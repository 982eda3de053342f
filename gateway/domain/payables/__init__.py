"""What the shop owes: suppliers, orders and receipts, payables, approvals, payment runs and what banks say of them."""
