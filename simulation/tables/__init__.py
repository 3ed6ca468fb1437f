"""A run as tables: what each holds, its rows, and their ways into files, Arrow and Polars."""
