"""Signing in, people, API keys."""
