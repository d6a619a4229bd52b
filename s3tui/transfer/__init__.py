"""Transfers: plan, drive, journal, verify. Knows stores through their protocols and no screen."""
