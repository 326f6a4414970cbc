"""The parts from which the sample stories are told: world, recorders, ordinary work, plots."""
