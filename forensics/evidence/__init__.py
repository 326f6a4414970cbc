"""The case on disk: immutable segments, a catalog, context files and a chain of custody."""
