"""A bank for trying things out and for tests: takes payment files from a folder, answers by scenario, books, returns.

It shares nothing with the code that writes payment files, so that both can be held against each other.
"""
