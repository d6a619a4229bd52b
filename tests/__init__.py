"""The project's tests: every test speaks to real servers and sees none of the developer's own settings."""
