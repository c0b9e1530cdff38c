"""The command line of the program: one thin module per command in `seedwatch.commands`."""

__version__ = "0.1.0"
