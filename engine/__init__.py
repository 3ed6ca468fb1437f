"""The margin engine: pure integers, the twin of the contracts; no I/O, no clock, no floats."""
