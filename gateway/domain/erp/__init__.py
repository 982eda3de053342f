"""What goes to an ERP and comes from one, whatever ERP it is: documents, records, results, failures."""
