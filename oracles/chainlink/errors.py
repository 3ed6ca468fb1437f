"""Custom errors of Chainlink's sequencer uptime feeds; all else there reverts with a text.

::

    Revert
    └── SequencerFeedError
        ├── AlreadyInitialized
        ├── InvalidSender
        ├── NoDataPresent
        └── Uninitialized
"""

from __future__ import annotations

from weiproof.engine.errors import Revert


class SequencerFeedError(Revert):
    """A sequencer uptime feed refuses."""


class AlreadyInitialized(SequencerFeedError):
    """The feed has its first round."""

    selector = bytes.fromhex("0dc149f0")


class InvalidSender(SequencerFeedError):
    """The status does not come from the L1 sender by way of the messenger."""

    selector = bytes.fromhex("ddb5de5e")


class NoDataPresent(SequencerFeedError):
    """The round was never written."""

    selector = bytes.fromhex("bb258700")


class Uninitialized(SequencerFeedError):
    """The feed has no round yet."""

    selector = bytes.fromhex("1c72fad4")
