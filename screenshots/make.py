"""Makes every picture of this folder from the running application: `python -m screenshots.make`.

The real engine talks to the real demo server; only the names of the local files are made up. Needs the
packages of the `test` extra, and for the PNGs Debian's librsvg2-bin and fonts-dejavu-core.
"""

import asyncio
import io
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from rich.console import Console

from s3tui.config import Settings
from s3tui.demo.access import DemoOptions
from s3tui.demo.process import DemoServer, paste_text
from s3tui.engine.client import EngineClient
from s3tui.model.credentials import Connection, Credentials, Endpoint, Workspace
from s3tui.tui.app import S3tuiApp
from s3tui.tui.options import LaunchOptions
from tests.tui.driving import Driven, driven

FOLDER = Path(__file__).parent
SIZES = ((80, 24), (120, 40))
MONOSPACE = "DejaVu Sans Mono"
GLYPH_ASPECT = 0.602
"""Width over height of that font's cells: with another value box drawing does not meet."""


def picture(app: S3tuiApp, name: str) -> None:
    """Write the screen as it is now, as SVG and PNG."""
    width, height = app.size
    console = Console(
        width=width,
        height=height,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        record=True,
        legacy_windows=False,
    )
    console.print(app.screen._compositor.render_update(full=True, simplify=True))
    svg = console.export_svg(title="s3tui", font_aspect_ratio=GLYPH_ASPECT, unique_id="s3tui")
    svg = svg.replace("Fira Code", MONOSPACE).replace("<text ", '<text xml:space="preserve" ')
    path = FOLDER / f"{name}-{width}x{height}.svg"
    path.write_text(svg, encoding="utf-8")
    converter = shutil.which("rsvg-convert")
    if converter is None:
        sys.exit("rsvg-convert is missing: apt-get install librsvg2-bin fonts-dejavu-core")
    subprocess.run([converter, "-w", "1200", str(path), "-o", str(path.with_suffix(".png"))], check=True)
    print(path.with_suffix(".png").name)


def local_files(home: Path) -> Path:
    """A researcher's scratch folder."""
    folder = home / "scratch" / "reef"
    for name in ("images", "models", "qc"):
        (folder / name).mkdir(parents=True)
    seeded = random.Random(42)
    sizes = {
        "notes été 2026.md": 2_114,
        "survey-2026.csv": 412_339,
        "transects-2026-03.nc": 96_000_000,
        "transects-2026-04.nc": 104_000_000,
        "turtle ids.json": 18_220,
        "run.sh": 911,
    }
    for number, (name, size) in enumerate(sizes.items()):
        path = folder / name
        with path.open("wb") as file:
            file.write(seeded.randbytes(min(size, 4096)))
            file.truncate(size)
        then = 1_767_000_000 + number * 86_400 * 17
        os.utime(path, (then, then))
    for number, name in enumerate(("images", "models", "qc")):
        then = 1_766_000_000 + number * 86_400 * 30
        os.utime(folder / name, (then, then))
    return folder


@asynccontextmanager
async def stage(
    size: tuple[int, int], options: DemoOptions, *, known: bool
) -> AsyncIterator[tuple[Driven, DemoServer]]:
    """The application beside a demo server; `known` connects it at once."""
    with tempfile.TemporaryDirectory() as home, DemoServer.start(options=options) as server:
        os.environ["HOME"] = home
        access = server.credentials
        launch = LaunchOptions(
            settings=Settings(state_dir=f"{home}/.state", workers=0, parts_at_once=4),
            credentials=Credentials(
                access.access_key_id, access.secret_access_key, access.session_token, access.expiration
            )
            if known
            else None,
            connection=Connection(
                Endpoint(access.endpoint_url, access.region), Workspace(access.bucket, access.prefix)
            )
            if known
            else Connection(),
            local_folder=local_files(Path(home)),
        )
        client = EngineClient()
        client.spawn()
        async with driven(client, launch, size=size) as user:
            if known:
                await user.until_named(user.app.browser.remote, "README.txt")
                await user.until_named(user.app.browser.local, "run.sh")
            yield user, server


async def credentials(size: tuple[int, int]) -> None:
    """The first screen, with a platform's page pasted."""
    async with stage(size, DemoOptions(lifetime_seconds=8 * 3600 - 20, scratch=False), known=False) as (
        user,
        server,
    ):
        await user.until_said("Paste")
        picture(user.app, "credentials-empty")
        user.app.action_credentials(paste_text(server.credentials))
        await user.until_said("reef-demo")
        picture(user.app, "credentials")


async def browser(size: tuple[int, int]) -> None:
    """Two panes with a few marks."""
    async with stage(size, DemoOptions(lifetime_seconds=8 * 3600 - 20, scratch=False), known=True) as (
        user,
        _,
    ):
        await user.put_cursor_on(user.app.browser.local, "survey-2026.csv")
        await user.press("space", "space")
        picture(user.app, "browser")
        await user.press("question_mark")
        await user.until_said("Keys")
        picture(user.app, "help")


async def copies(user: Driven) -> None:
    """Begin copies both ways, and wait until they are well under way."""
    await user.put_cursor_on(user.app.browser.remote, "transects")
    await user.press("c")
    await user.until_said("Copy 3 files")
    await user.press("enter")
    await user.put_cursor_on(user.app.browser.local, "transects-2026-03.nc")
    await user.press("space", "space", "c")
    await user.until_said("Copy 2 files")
    await user.press("enter")
    session = user.app.session

    def under_way() -> bool:
        summary = session.snapshot.summary if session.snapshot else None
        return summary is not None and summary.running > 2 and summary.bytes_done > summary.bytes_total * 0.2

    await user.until(under_way, "transfers at work")


async def transfers(size: tuple[int, int]) -> None:
    """Copies under way, beside the panes and in the queue."""
    options = DemoOptions(lifetime_seconds=8 * 3600 - 20, scratch=False, latency_seconds=0.35)
    async with stage(size, options, known=True) as (user, _):
        await copies(user)
        user.app.browser.tell("")
        await user.pilot.pause()
        picture(user.app, "transfers")
        await user.press("t")
        await user.until_said("Active")
        picture(user.app, "queue")


async def held(size: tuple[int, int]) -> None:
    """Copies that wait, because the credentials ended."""
    options = DemoOptions(lifetime_seconds=22, scratch=False, latency_seconds=0.35)
    async with stage(size, options, known=True) as (user, _):
        await copies(user)
        session = user.app.session
        await user.until(
            lambda: session.snapshot is not None and session.snapshot.summary.held, "held transfers"
        )
        await user.until_said("EXPIRED")
        picture(user.app, "held")


async def main() -> None:
    """Every scene in every size."""
    for size in SIZES:
        await credentials(size)
        await browser(size)
        await transfers(size)
        await held(size)


if __name__ == "__main__":
    asyncio.run(main())
