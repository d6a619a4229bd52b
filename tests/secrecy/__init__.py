"""Everything the program lets out, searched for the secrets it was given."""
