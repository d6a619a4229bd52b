"""A two-pane terminal file manager for temporary S3 credentials."""

__version__ = "0.1.0"
