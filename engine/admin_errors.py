"""Reverts of OpenZeppelin's ``AccessControlDefaultAdminRules``."""

from __future__ import annotations

from .errors import AccessControlError


class AccessControlEnforcedDefaultAdminDelay(AccessControlError):
    """The administrator's change is not due yet (OpenZeppelin)."""

    parameters = ("schedule",)
    selector = bytes.fromhex("19ca5ebb")


class AccessControlEnforcedDefaultAdminRules(AccessControlError):
    """The administrator's role changes hands by its own rules only (OpenZeppelin)."""

    parameters = ()
    selector = bytes.fromhex("3fc3c27a")


class AccessControlInvalidDefaultAdmin(AccessControlError):
    """Not the one who is to be administrator (OpenZeppelin)."""

    parameters = ("defaultAdmin",)
    selector = bytes.fromhex("c22c8022")
