"""The command line: one command for each use of the library and the service."""
