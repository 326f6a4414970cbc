"""What a sample of an unknown log suggests: its shape, its columns, its verbs, as TOML."""
