"""The `weiproof` command line, one module a command."""
