"""The walls between the processes, looked at from inside: what each one has imported."""

import json
import subprocess
import sys

import pytest

_S3 = {"boto3", "botocore", "aiobotocore", "aioboto3", "aiohttp"}
_SCREEN = {"textual", "rich"}


def packages_after(statement: str) -> set[str]:
    """Returns the top-level packages that a fresh interpreter has imported after a statement."""
    tell = "import json, sys; print(json.dumps([name.partition('.')[0] for name in sys.modules]))"
    program = f"{statement}\n{tell}"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "module", ["s3tui.engine.client", "s3tui.cli.commands", "s3tui.__main__", "s3tui.config"]
)
def test_front_ends_import_neither_s3_nor_the_screen(module: str) -> None:
    assert not packages_after(f"import {module}") & (_S3 | _SCREEN)


def test_the_screen_imports_no_s3() -> None:
    assert not packages_after("import s3tui.tui.launch") & _S3


@pytest.mark.parametrize("module", ["s3tui.engine.process", "s3tui.engine.worker", "s3tui.engine.queueing"])
def test_the_engine_and_its_workers_import_no_screen(module: str) -> None:
    assert not packages_after(f"import {module}") & _SCREEN


def test_the_engine_takes_requests_before_it_imports_s3_libraries() -> None:
    assert not packages_after("import s3tui.engine.process, s3tui.engine.queueing") & _S3


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_asking_for_help_imports_neither(option: str) -> None:
    program = f"""
import sys
sys.argv = ["s3tui", {option!r}]
from s3tui.__main__ import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""
    assert not packages_after(program) & (_S3 | _SCREEN)
