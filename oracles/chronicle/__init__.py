"""Chronicle: Scribe, which stores a price that a bar of feeds signed."""
