"""Model and chain in lockstep: what is compared, and how a difference is told."""
