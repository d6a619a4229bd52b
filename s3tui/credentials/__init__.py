"""Pastes, sources and live credentials: everything about who the user is."""
