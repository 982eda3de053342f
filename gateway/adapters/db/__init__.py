"""Storage in SQL (SQLite or PostgreSQL): tables, transactions and the stores behind ``gateway.ports.unit_of_work``."""
