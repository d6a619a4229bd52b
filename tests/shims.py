"""Libraries that are put before the C library, to make the system fail as disks and networks do."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

NO_COMPILER = "no C compiler: install gcc and libc6-dev to test system calls that fail"

_HEAD = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static int named(int fd, const char *part) {
    char link[64], name[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, name, sizeof name - 1);
    if (size < 0) return 0;
    name[size] = 0;
    return strstr(name, part) != NULL;
}
"""
"""`named` tells whether the path of an open file contains a text."""


def preloaded(folder: Path, source: str) -> dict[str, str]:
    """Compile C code and give the environment of a process that runs with it; skips without a compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        # Where everything is to be tested, what was not must not look as if it had passed.
        if os.environ.get("CI") == "true":
            pytest.fail(NO_COMPILER)
        pytest.skip(NO_COMPILER)
    code, library = folder / "shim.c", folder / "shim.so"
    code.write_text(_HEAD + source)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(library), str(code), "-ldl"], check=True)
    return {**os.environ, "LD_PRELOAD": str(library)}
