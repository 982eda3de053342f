"""Bills, payments and entries to SAP S/4HANA, and its records from it."""
