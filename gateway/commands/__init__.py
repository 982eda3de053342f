"""Commands beside serving: doctor, the tour, tests and checks."""
