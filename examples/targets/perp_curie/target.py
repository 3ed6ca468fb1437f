"""Perp's published contracts against a model that does what their documentation says."""

from __future__ import annotations

from perp_system import Perp

target = Perp()
