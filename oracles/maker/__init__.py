"""Maker: the median of signed prices, and the module that delays it by an hour."""
