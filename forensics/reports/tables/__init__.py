"""File formats of a table: one module a format, found by its presence."""
