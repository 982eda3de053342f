"""Work in the background: threads that own devices, the outbox delivery, the scheduler."""
