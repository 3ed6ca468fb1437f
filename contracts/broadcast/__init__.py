"""Sending a deployment to a node, so that it can be interrupted anywhere and never sends twice.

What is sent is known before (:mod:`.intention`); each transaction is signed and written to a record
(:mod:`.record`) before it leaves (:mod:`.sending`); in the end the node's code is compared with
what the same creations led to on a local chain (:mod:`.verification`).
"""

from __future__ import annotations
