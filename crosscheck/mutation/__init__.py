"""Mutation of contracts and models: every small change should be found by lockstep."""
