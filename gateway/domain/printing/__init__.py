"""Papers beside receipts: slips, drawer commands, printers."""
