"""The command line: `s3tui`, `s3tui cp` and `s3tui ls`. No screen and no S3 library is imported here."""
