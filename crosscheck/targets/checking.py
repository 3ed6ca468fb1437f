"""What a target declares, checked before anything is done with it."""

from __future__ import annotations


class TargetError(Exception):
    """A target's file cannot be used; the message names file and place, and says what to do."""
