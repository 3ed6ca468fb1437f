"""Scenario file to blocks of calls to journal: time, agents, keepers, price paths and seeds."""
