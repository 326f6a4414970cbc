"""Time and order: what happened to an account, between which instants, in which order."""
