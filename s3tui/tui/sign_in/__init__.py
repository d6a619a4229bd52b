"""From pasted text and typed fields to a connection, and what is said of them."""
