"""`python -m s3tui.engine FD`: the engine process; only front ends start it."""

import sys

from s3tui.engine.process import main

if __name__ == "__main__":
    sys.exit(main(sys.argv))
