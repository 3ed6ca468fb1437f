"""Tellor: reported values that may be disputed, read with a delay."""
