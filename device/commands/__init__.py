"""The command line's commands, each in a file."""
