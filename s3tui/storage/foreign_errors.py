"""Exceptions of the S3 libraries, named without importing them.

What a library raises can only be met where it has been imported, so its exceptions are looked for among the
modules that are there. A process that does without a library never waits for it.
"""

import sys


def kinds(module: str, *names: str) -> tuple[type[BaseException], ...]:
    """The exceptions of these names in a module; none where it was not imported."""
    there = vars(sys.modules[module]) if module in sys.modules else {}
    return tuple(there[name] for name in names if name in there)


def aiohttp_kinds(*names: str) -> tuple[type[BaseException], ...]:
    """Exceptions of aiohttp."""
    return kinds("aiohttp", *names)


def boto_kinds(*names: str) -> tuple[type[BaseException], ...]:
    """Exceptions of botocore."""
    return kinds("botocore.exceptions", *names)
