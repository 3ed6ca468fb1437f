"""What can stop a broadcast. None of them leaves a state that cannot be resumed or explained.

::

    BroadcastError
    ├── KeyRefused          no usable key, or one that anybody knows
    ├── RecordDamaged       a record that cannot be read, or contradicts itself
    ├── RecordForeign       a sound record of something else: other contracts, key or program
    ├── Unsendable          the node, the fees or the balance do not allow the next transaction
    ├── NonceTaken          another transaction was mined in the place of one of ours
    ├── TransactionReverted a transaction of ours was mined and failed
    ├── Unconfirmed         not mined in time; it may still be, and resuming finds out
    └── CodeDiffers         the code at an address is not what was created
"""

from __future__ import annotations


class BroadcastError(Exception):
    """Root of what stops a broadcast."""


class KeyRefused(BroadcastError):
    """There is no usable key, or it is one that anybody knows; the message repeats no secret."""


class RecordDamaged(BroadcastError):
    """A record cannot be read, or contradicts itself."""


class RecordForeign(BroadcastError):
    """A record is sound and belongs to something else."""


class Unsendable(BroadcastError):
    """The node, the fees or the balance do not allow the next transaction; it was not sent."""


class NonceTaken(BroadcastError):
    """Another transaction of the same account was mined in the place of one of ours."""


class TransactionReverted(BroadcastError):
    """A transaction of ours was mined and failed."""


class Unconfirmed(BroadcastError):
    """A transaction was not mined in time."""


class CodeDiffers(BroadcastError):
    """The code at an address is not what the deployment creates there."""
