"""Logic of the storage room that needs no server."""
