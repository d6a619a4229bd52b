"""Asking platforms for fresh credentials: one module per platform, one way to send, one way to read."""
