"""Folders of our own that nobody else may look into."""

from pathlib import Path

MODE = 0o700


def private_folder(path: Path) -> None:
    """Make a folder, and those above it that are missing, closed to others; one that is there stays as it is.

    Raises:
        OSError: it cannot be made.
    """
    for folder in (*reversed(path.parents), path):
        # One by one: `parents=True` would leave those between open to others.
        if not folder.is_dir():
            folder.mkdir(exist_ok=True, mode=MODE)
