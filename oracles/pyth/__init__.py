"""Pyth: prices with a confidence interval that anybody may bring on chain."""
