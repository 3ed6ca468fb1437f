"""Price feeds, their node networks and the hub that consumes them: pure, like the engine."""
