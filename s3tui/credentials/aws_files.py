"""Reads `~/.aws/credentials` and `~/.aws/config` as plain sections, without an S3 library.

Python's own INI reader is not used: it refuses a whole file for one doubled section, and knows no nested
settings.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

Section = dict[str, str]
"""The settings of one section; nested ones are named "s3.endpoint_url"."""

MAX_FILE = 1024 * 1024
"""Largest file that is read, in bytes."""

_HEAD = re.compile(r"\[\s*(?:(profile|services|sso-session)\s+)?[\"']?([^\]\"']+?)[\"']?\s*\]")
_SETTING = re.compile(r"([\w.\-]+)\s*=\s*(.*)")


class AwsFiles(Struct, frozen=True):
    """The sections of both files, and what could not be read."""

    credentials: dict[str, Section]
    """Profiles of the credentials file."""

    settings: dict[str, Section]
    """Profiles of the configuration file."""

    services: dict[str, Section]
    """The configuration file's `[services …]` sections."""

    problems: tuple[tuple[str, str], ...] = ()
    """Path and sentence for each file that could not be read."""

    def __repr__(self) -> str:
        """Counts only: the sections hold secrets."""
        return f"AwsFiles({len(self.credentials)} with keys, {len(self.settings)} with settings)"

    def profile_names(self) -> tuple[str, ...]:
        """All profiles, those with keys first, in the order of the files."""
        return tuple(dict.fromkeys([*self.credentials, *self.settings]))

    def s3_endpoint(self, settings: Section) -> str | None:
        """Return the endpoint that a profile's services section, or the profile itself, sets for S3."""
        service = self.services.get(settings.get("services", ""), {})
        return service.get("s3.endpoint_url") or settings.get("s3.endpoint_url")


def read_aws_files(environ: Mapping[str, str]) -> AwsFiles:
    """Return the sections of both files; missing files are empty, unreadable ones a problem."""
    home = Path(environ.get("HOME") or "~").expanduser()
    problems: list[tuple[str, str]] = []
    secret_file = environ.get("AWS_SHARED_CREDENTIALS_FILE") or str(home / ".aws" / "credentials")
    config_file = environ.get("AWS_CONFIG_FILE") or str(home / ".aws" / "config")
    credentials = ini_sections(text_of(_expanded(secret_file, home), problems))
    config = ini_sections(text_of(_expanded(config_file, home), problems))
    plain = {
        name: section for (kind, name), section in config.items() if kind == "profile" or name == "default"
    }
    return AwsFiles(
        credentials={
            name: section for (kind, name), section in credentials.items() if kind in ("", "profile")
        },
        settings=plain,
        services={name: section for (kind, name), section in config.items() if kind == "services"},
        problems=tuple(problems),
    )


def _expanded(name: str, home: Path) -> Path:
    return home / name[2:] if name.startswith("~/") else Path(name)


def text_of(path: Path, problems: list[tuple[str, str]]) -> str:
    """The text of a file; empty when there is none, or when it cannot be read, which goes into `problems`."""
    try:
        if not path.is_file():
            if path.exists():
                problems.append((str(path), f"{path} is not a file: check AWS_CONFIG_FILE and its like."))
            return ""
        if path.stat().st_size > MAX_FILE:
            problems.append((str(path), f"{path} is larger than 1 MiB and was not read."))
            return ""
        text = path.read_bytes().decode("utf-8-sig", errors="replace")
    except OSError as error:
        problems.append((str(path), f"{path} cannot be read ({error.strerror}): check its permissions."))
        return ""
    if "\x00" in text:
        problems.append((str(path), f"{path} is not a text file: restore it or run `aws configure`."))
        return ""
    return text


def ini_sections(text: str) -> dict[tuple[str, str], Section]:
    """Split into sections by kind and name; a doubled section is read as one, its last settings win."""
    sections: dict[tuple[str, str], Section] = {}
    current: Section | None = None
    group = ""
    for line in text.splitlines():
        stripped = line.strip()
        if not stripped or stripped[0] in "#;":
            continue
        if head := _HEAD.match(stripped):
            current = sections.setdefault((head.group(1) or "", head.group(2).strip()), {})
            group = ""
        elif current is not None and (setting := _SETTING.match(stripped)):
            name, value = setting.group(1).lower(), _value(setting.group(2))
            nested = line[0] in " \t" and bool(group)
            if not nested:
                group = "" if value else name
            if value or not nested:
                current[f"{group}.{name}" if nested else name] = value
    return sections


def _value(text: str) -> str:
    """The value without a comment behind it: one begins with a blank and a mark, as botocore reads it."""
    return re.split(r"\s[#;]", text, maxsplit=1)[0].strip()
