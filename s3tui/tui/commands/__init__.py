"""What the user can do: one catalogue, from which bindings, key bar, help and palette are made."""
