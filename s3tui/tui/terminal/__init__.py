"""The terminal side of the screen: what is sent, what is checked before, and how it is left behind."""
