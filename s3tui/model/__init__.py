"""Frozen values that cross between layers and processes; no behaviour beyond reading themselves."""
