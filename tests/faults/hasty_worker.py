"""`python -m tests.faults.hasty_worker FD`: a byte worker with short limits."""

import sys

from tests.faults.hasty import shorten

if __name__ == "__main__":
    shorten()
    from s3tui.engine import worker

    sys.exit(worker.main(sys.argv))
