"""How fast s3tui is beside s5cmd, rclone and aws cli: `python -m tests.benchmarks` writes the table.

Nothing here is a test with a limit of time: machines differ, ratios of interleaved runs differ less.
"""
