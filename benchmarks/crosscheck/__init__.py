"""Ways to test the margin contracts, measured beside each other."""
