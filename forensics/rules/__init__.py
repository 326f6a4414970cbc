"""Sigma rules: load, compile to SQL, and match over the events of a case."""
