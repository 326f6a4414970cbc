"""Log sources as declarations: recognise a file, split it into records, map records to events."""
