"""The EVM side: committed contract artifacts, the ABI coder, deployment plans and chain back ends.

Nothing here knows the margin engine; the rooms above may import this one.
"""
