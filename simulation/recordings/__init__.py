"""Recorded prices in named file formats, read exactly.

Exchange bars, Chainlink rounds, Pyth updates, Uniswap v3 pools and gas prices.
"""
