"""What was found, as frozen documents that every report renders and nothing else."""
