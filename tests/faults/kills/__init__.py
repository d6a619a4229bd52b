"""Processes that end at random moments: front end, engine and workers, by every signal a user meets."""
