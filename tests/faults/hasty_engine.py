"""`python -m tests.faults.hasty_engine FD`: the engine process with short limits."""

import sys

from tests.faults.hasty import shorten

if __name__ == "__main__":
    shorten()
    from s3tui.engine import process, worker_process

    worker_process.WORKER_MODULE = "tests.faults.hasty_worker"
    sys.exit(process.main(sys.argv))
