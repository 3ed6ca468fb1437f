"""Counterexamples as tests of other tools."""
