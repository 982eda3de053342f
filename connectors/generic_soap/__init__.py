"""Any ERP with a SOAP interface, by its service description and a description of which operation does what."""
