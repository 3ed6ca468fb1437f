"""A network of nodes that observes a price and publishes rounds, from observation to block."""
