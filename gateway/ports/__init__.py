"""Protocols the services need from the outside: storage, devices, clock. No implementation lives here."""
