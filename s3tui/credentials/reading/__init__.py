"""The steps that turn a pasted text into values; `s3tui.credentials.paste` is their only door."""
