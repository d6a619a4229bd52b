"""The parts of keeping credentials, each on its own."""
