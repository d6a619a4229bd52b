"""`python -m tests.faults.hasty_command cp …`: the command, with short limits in its engine and workers."""

if __name__ == "__main__":
    from s3tui.engine import spawn

    spawn.ENGINE_MODULE = "tests.faults.hasty_engine"
    from s3tui.__main__ import main

    main()
