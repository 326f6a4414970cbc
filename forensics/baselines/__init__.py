"""Statistics of normal: how unusual an act is, with the counts behind every number."""
