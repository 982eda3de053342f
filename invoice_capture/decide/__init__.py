"""The joint decision: values that must fit each other are chosen together, and every sum is recomputed."""
