"""Schema changes, one file each under ``versions``; run by :mod:`gateway.adapters.db.schema`."""
