"""The command line, as a shell sees it: what lands where, what is printed, how it ends."""
