"""What is known of how servers check uploads, kept in a small file that all engines of a user share.

The verdicts come from `upload_probe` and from what is refused later. They age, because servers are renewed. A
file that is damaged, newer or cannot be written only means that nothing is known, or not for long. It holds
addresses and verdicts, no secret.
"""

import asyncio
import contextlib
import os
import secrets
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from s3tui.model.upload_check import CRCS, MD5_ETAGS, SHA256, UNSIGNED, Standing, UploadCheck
from s3tui.private import private_folder

FILE = "upload-checks.json"

MAX_AGE = 30 * 24 * 3600.0
"""Seconds for which a verdict is believed."""

_PAUSE = 600.0
"""Seconds after a question without a verdict in which it is not asked again."""

_FORMAT = 1
_MOST = 500
"""Endpoints that are remembered."""


class _Verdict(Struct, frozen=True, array_like=True):
    standing: Standing
    when: float
    """Unix seconds by our own clock."""


class _Contents(Struct, frozen=True):
    format: int
    endpoints: dict[str, dict[str, _Verdict]]


class EndpointChecks:
    """How uploads to one endpoint are guarded."""

    def __init__(
        self,
        verdicts: dict[str, _Verdict],
        changed: Callable[[], None] = lambda: None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Use these verdicts and add to them."""
        self._verdicts = verdicts
        self._changed = changed
        self._now = now
        self._not_before = 0.0
        self.probing = asyncio.Lock()
        """Held while an upload finds out; others of the same endpoint wait for the verdict."""

    @classmethod
    def unknown(cls) -> "EndpointChecks":
        """Of an endpoint nobody has been to."""
        return cls({})

    def standing(self, name: str) -> Standing | None:
        """What is known of a check; None where that is nothing, or too long ago."""
        verdict = self._verdicts.get(name)
        if verdict is None or not -MAX_AGE < self._now() - verdict.when < MAX_AGE:
            return None
        return verdict.standing

    def note(self, standings: Mapping[str, Standing]) -> None:
        """Remember what was seen just now."""
        if standings:
            now = self._now()
            self._verdicts.update({name: _Verdict(standing, now) for name, standing in standings.items()})
            self._changed()

    def for_upload(self) -> str:
        """The checksum to create a multipart upload with, perhaps to find out about it; empty for none."""
        known = {name: self.standing(name) for name in CRCS}
        for wanted in (Standing.CHECKED, None):
            for name, standing in known.items():
                if standing is wanted:
                    return name
        return self._offered()

    def is_open(self, checksum: str) -> bool:
        """Whether an upload with this checksum could tell something that is not known."""
        if time.monotonic() < self._not_before:
            return False
        if checksum and self.standing(checksum) is Standing.CHECKED:
            return False
        return (bool(checksum) and self.standing(checksum) is None) or self.standing(SHA256) is None

    def postpone(self, now: float) -> None:
        """Note that no verdict could be had at this monotonic time; it is not asked for again at once."""
        self._not_before = now + _PAUSE

    def for_part(self, checksum: str) -> UploadCheck:
        """The cheapest check that holds, for a part of an upload that was created with this checksum."""
        may_be_unsigned = self.standing(UNSIGNED) is not Standing.REFUSED
        if checksum and self.standing(checksum) is Standing.CHECKED:
            return UploadCheck(checksum, signed=not may_be_unsigned, proven=True)
        signature, etags = self.standing(SHA256), self.standing(MD5_ETAGS)
        if signature is Standing.CHECKED:
            return UploadCheck(checksum, signed=True, proven=True)
        return UploadCheck(
            checksum,
            # A server that looks at no signature of a body is spared one.
            signed=signature is not Standing.IGNORED or not may_be_unsigned,
            compare=etags is not Standing.IGNORED,
            md5_etags=etags is Standing.CHECKED,
        )

    def for_file(self) -> UploadCheck:
        """The same for a file in one request."""
        checked = (name for name in CRCS if self.standing(name) is Standing.CHECKED)
        return self.for_part(next(checked, self._offered()))

    def _offered(self) -> str:
        """What goes along where nothing is checked on arrival: some servers keep it for whoever reads."""
        if self.standing(SHA256) is not Standing.IGNORED:
            return ""
        return next((name for name in CRCS if self.standing(name) is Standing.IGNORED), "")


class UploadChecks:
    """The verdicts on all endpoints, and their file."""

    def __init__(self, folder: Path | None = None, now: Callable[[], float] = time.time) -> None:
        """Keep them in a file in `folder`; without one only as long as this lives."""
        self._path = folder / FILE if folder is not None else None
        self._now = now
        self._known: dict[str, dict[str, _Verdict]] = {}
        self._endpoints: dict[str, EndpointChecks] = {}
        self._saving: set[asyncio.Task[None]] = set()
        self._writing = asyncio.Lock()

    async def load(self) -> None:
        """Read what is known; never fails."""
        if self._path is not None:
            self._known = await asyncio.to_thread(_read, self._path)

    async def close(self) -> None:
        """Wait until everything is written."""
        if self._saving:
            await asyncio.wait(set(self._saving))

    def of(self, url: str | None) -> EndpointChecks:
        """Those of an endpoint; None is Amazon's own."""
        place = _place(url)
        found = self._endpoints.get(place)
        if found is None:
            verdicts = self._known.setdefault(place, {})
            found = self._endpoints[place] = EndpointChecks(verdicts, self._save_soon, self._now)
        return found

    def _save_soon(self) -> None:
        if self._path is not None:
            task = asyncio.create_task(self._save(self._path))
            self._saving.add(task)
            task.add_done_callback(self._saving.discard)

    async def _save(self, path: Path) -> None:
        async with self._writing:
            mine = {place: dict(verdicts) for place, verdicts in self._known.items() if verdicts}
            await asyncio.to_thread(_write, path, mine)


def _place(url: str | None) -> str:
    """Scheme and host: what is asked over TLS may answer differently without."""
    if not url:
        return "https://amazonaws.com"
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower()


def _read(path: Path) -> dict[str, dict[str, _Verdict]]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            contents = msgspec.json.decode(file.read(1 << 20), type=_Contents)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return {}
    return dict(contents.endpoints) if contents.format == _FORMAT else {}


def _write(path: Path, mine: Mapping[str, Mapping[str, _Verdict]]) -> None:
    """Bring the file up to date; what others have learnt meanwhile stays, the newer verdict wins."""
    merged = _read(path)
    for place, verdicts in mine.items():
        both = [*merged.get(place, {}).items(), *verdicts.items()]
        merged[place] = {name: verdict for name, verdict in sorted(both, key=lambda one: one[1].when)}
    newest = sorted(merged.items(), key=lambda one: max((v.when for v in one[1].values()), default=0.0))
    coded = msgspec.json.encode(_Contents(_FORMAT, dict(newest[-_MOST:])))
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with contextlib.suppress(OSError):
        private_folder(path.parent)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(coded)
            os.replace(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
