"""A hundred keys that a seed draws, and odd local names: each arrives once, and none anywhere else."""

import asyncio
import contextlib
import os
import socket
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest
from botocore.exceptions import ClientError

from s3tui.formatting import printable
from s3tui.model.entry import EntryKind
from s3tui.model.location import S3Location
from s3tui.model.transfer import TransferStatus
from tests.servers.workspace import Workspace
from tests.storage.connect import credentials_of
from tests.transfer.rig import Rig, contents, local, rig

PIECES = (
    "..",
    ".",
    "",
    "...",
    "%2e%2e",
    "%2E%2E",
    "%252E%252E",
    "..%2f..",
    "..\\..",
    "%",
    "%file",
    "%00",
    "%25",
    "\\",
    "C:",
    "C:\\Windows",
    "\\\\host\\share",
    "CON",
    "nul.txt",
    "aux",
    "COM1",
    "a:b",
    "a|b",
    "a?b*",
    "-rf",
    "--help",
    "~",
    "~root",
    "$HOME",
    "`id`",
    "$(id)",
    ";ls",
    "&",
    "'",
    '"',
    "!!",
    "#",
    "?x=1",
    "+",
    "=",
    " ",
    "  lead",
    "trail  ",
    "trail.",
    "trail...",
    "\t",
    "a\tb",
    "new\nline",
    "cr\rlf",
    "\x1b]0;title\x07",
    "\x1b[31mred\x1b[0m",
    "\x1b[?1049h",
    "\x9b2J",
    "\x07",
    "\x08\x08",
    "\x7f",
    "\u0085",
    "\u2028",
    "\u200b",
    "\u200d",
    "\ufeff",
    "\u202egpj.exe",
    "\u2066iso\u2069",
    "[red]",
    "[/]",
    "[bold]x",
    "[@click=app.quit]go[/]",
    "é",
    "e\u0301",
    "ñ",
    "n\u0303",
    "ﬁ",
    "K",
    "\u212a",
    "ß",
    "SS",
    "İ",
    "i\u0307",
    "A",
    "a",
    "README",
    "readme",
    "😀",
    "\U0001f468\u200d\U0001f469",
    "한",
    "\u1112\u1161\u11ab",
    ".s3tui-ab12cd34-1.part",
    ".s3tui-.part",
    ".s3tui-x",
    "x.part",
    "long" * 63,
    "l" * 255,
    "l" * 256,
    "é" * 127,
    "é" * 128,
    "m" * 400,
    "😀" * 70,
    "name.with." + "e" * 250,
    "queue.db",
    ".git",
    ".ssh",
    "lost+found",
    "a",
    "b",
    "both",
    "below",
)
"""Components that somebody may have meant ill with, or not."""


def drawn(seed: int, count: int) -> list[str]:
    """Different keys of one to four pieces, of a length that servers take."""
    chance = Random(seed)
    keys: dict[str, None] = dict.fromkeys(PIECES[index] for index in range(0, len(PIECES), 3))
    while len(keys) < count:
        keys["/".join(chance.choices(PIECES, k=chance.randint(1, 4)))] = None
    return [key for key in keys if key and len(key.encode()) < 900]


def below(workspace: Workspace, prefix: str) -> list[str]:
    """The names of objects with bytes below a prefix."""
    return [name for name in workspace.names() if name.startswith(prefix) and name[-1] != "/"]


@pytest.fixture
async def ceph(rgw_workspace: Workspace, tmp_path: Path) -> AsyncIterator[Rig]:
    """A manager connected to Ceph with prefix-scoped credentials."""
    url = rgw_workspace.server.endpoint_url
    async with rig(url, credentials_of(rgw_workspace.credentials), tmp_path / "state") as built:
        yield built


@pytest.mark.parametrize("seed", [11, 12])
async def test_no_key_is_lost_merged_or_let_out(
    rgw_workspace: Workspace, ceph: Rig, tmp_path: Path, seed: int
) -> None:
    stored = []
    for key in drawn(seed, 100):
        with contextlib.suppress(ClientError):  # what a server does not take is nobody's problem
            rgw_workspace.put("h/" + key, key.encode())
            stored.append(key)
    assert len(stored) > 80
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "h/")
    listed = [entry async for page in ceph.store.list_pages(place, recursive=True) for entry in page.rows()]
    names = {entry.name for entry in listed if entry.kind is not EntryKind.FOLDER or entry.name in stored}
    assert {name for name in names if not name.endswith("/")} == {key for key in stored if key[-1] != "/"}
    assert all(printable(name).isprintable() for name in names)

    target = tmp_path / "deep" / "target"
    plan = await ceph.plan(place, local(target))
    texts = (
        *plan.skipped,
        *plan.warnings,
        *(text for one in plan.renamed for text in (one.source, one.destination)),
    )
    assert all(text.isprintable() for text in texts)
    assert plan.files + plan.skipped_count == len(stored)
    await ceph.manager.submit(plan.plan_id)
    await ceph.until_done(120)
    failed = ceph.rows(TransferStatus.FAILED)
    assert failed == ()
    arrived = Counter(data for data in contents(target).values() if data is not None)
    assert len(arrived) == sum(arrived.values()) == plan.files
    assert set(arrived) <= {key.encode() for key in stored}
    assert {path.name for path in tmp_path.iterdir()} == {"deep", "state"}
    assert {path.name for path in (tmp_path / "deep").iterdir()} == {"target"}

    # The way back gives every file its own key again, where the rule had not to change it.
    back = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "back/")
    plan = await ceph.plan(local(target), back)
    await ceph.manager.submit(plan.plan_id)
    await ceph.until_done(120)
    sent = Counter(rgw_workspace.read(name) for name in below(rgw_workspace, "back/"))
    assert sent == arrived


async def test_odd_local_things_are_told_and_not_followed(
    rgw_workspace: Workspace, ceph: Rig, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    names = [b"caf\xe9", b"\xff\xfe", b"new\nline", b"\x1b[2J", b"back\\slash", b"%", b" ", b"-", b"l" * 255]
    for name in names:
        Path(os.fsdecode(os.fsencode(source) + b"/" + name)).write_bytes(name)
    os.mkfifo(source / "pipe")
    (source / "loop").symlink_to("loop")
    (source / "up").symlink_to(tmp_path)
    (source / "gone").symlink_to("nowhere")
    listening = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(source)  # a socket's path is short
    try:
        listening.bind("socket")
    finally:
        os.chdir(here)
    if os.geteuid() == 0:
        with contextlib.suppress(PermissionError):
            os.mknod(source / "device", 0o20600, os.makedev(1, 5))  # /dev/zero has no end
    try:
        plan = await ceph.plan(local(source), S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "up/"))
        await ceph.manager.submit(plan.plan_id)
        async with asyncio.timeout(30):
            summary = await ceph.until_done()
    finally:
        listening.close()
    assert (summary.succeeded, summary.failed) == (len(names), 0)
    told = " ".join((*plan.skipped, *plan.warnings))
    assert told.isprintable()
    for word in ("pipe", "loop", "up", "gone", "socket"):
        assert word in told, plan.skipped
    assert Counter(rgw_workspace.read(name) for name in below(rgw_workspace, "up/")) == Counter(names)
