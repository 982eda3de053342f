"""Mapping files and described operations: how an ERP names what we call otherwise, as data and not as code."""
