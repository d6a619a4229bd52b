"""Stand-ins for data platforms, and what the program does with their answers."""
