"""`python -m s3tui.engine FD`: the engine process; only front ends start it."""

import sys

from s3tui.engine.child import begin_imports

if __name__ == "__main__":
    begin_imports()
    from s3tui.engine.process import main

    sys.exit(main(sys.argv))
