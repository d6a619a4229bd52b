"""When Python looks for garbage: not while the application starts, and never through all it has imported.

A full collection walks every object there is, 50 ms and more of them once Textual is loaded, and it comes
between a key press and its effect.
"""

import gc


def hold_off() -> None:
    """Collect nothing until `settle`: what is made while the application starts stays."""
    gc.disable()


def settle() -> None:
    """Collect from now on, and leave out what exists already."""
    gc.freeze()
    gc.enable()
