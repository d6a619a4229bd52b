"""Entry of the demo server's process: `python -m s3tui.demo --channel-fd N`, for `DemoServer` only."""

import sys

from s3tui.demo.child import run_child


def main(arguments: list[str]) -> int:
    """Run the server over the inherited descriptor; returns the exit status."""
    if len(arguments) != 2 or arguments[0] != "--channel-fd" or not arguments[1].isdecimal():
        sys.stderr.write("This is s3tui's own demo server: start it with `s3tui --demo`.\n")
        return 2
    return run_child(int(arguments[1]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
