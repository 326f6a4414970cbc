"""One file a command, named as the command is, with a `command` in it."""
