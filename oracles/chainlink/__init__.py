"""Chainlink: aggregators behind a proxy, and the feeds that say whether a sequencer is up."""
