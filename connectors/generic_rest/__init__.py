"""Any ERP with a REST interface that speaks JSON, by a description of its operations."""
