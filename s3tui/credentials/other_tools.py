"""Accounts that other tools on this machine know: s3cmd's files and rclone's remotes.

Only read, never run and never changed. Credentials, server, region and the terms of requests are taken over;
a remote that needs more than its file says comes with a sentence.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from s3tui.credentials.aws_files import Section, ini_sections, text_of
from s3tui.credentials.reading.endpoints import endpoint_address, is_aws_endpoint
from s3tui.model.credentials import CANNED_ACLS, CannedAcl, Connection, Credentials, Endpoint, Workspace

MOST_FILES = 20
"""Files of s3cmd that are looked at."""

_LEFTOVER = (".bak", ".old", ".orig", ".swp", ".tmp", "~")
_AWS_REGION = re.compile(r"\bs3[.-](?:dualstack\.)?([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.")
_YES = frozenset({"true", "yes", "on", "1"})
_OLD_REGIONS: Mapping[str, str | None] = {"us": None, "eu": "eu-west-1", "other-v2-signature": None}
"""Names of regions that only these tools know."""


class FoundRemote(Struct, frozen=True):
    """An account of another tool."""

    tool: str
    """What people call it: "rclone" or "s3cmd"."""
    name: str
    """The remote's name, or the file's."""
    connection: Connection = Connection()
    credentials: Credentials | None = None
    """None when they come from `profile`, or cannot be had."""
    profile: str | None = None
    """The profile of the AWS files that it takes its credentials from."""
    reason: str = ""
    """Why it cannot be used, in one sentence."""

    @property
    def label(self) -> str:
        """Tool and name."""
        return f"{self.tool} {self.name}"


def remotes(environ: Mapping[str, str]) -> tuple[FoundRemote, ...]:
    """Return the accounts of s3cmd and rclone, in the order of their files.

    Args:
        environ: the environment, for HOME and the variables that move the files.
    """
    home = Path(environ.get("HOME") or "~").expanduser()
    return (*_of_s3cmd(home, environ), *_of_rclone(home, environ))


# ---- s3cmd -------------------------------------------------------------------------------------------------


def _of_s3cmd(home: Path, environ: Mapping[str, str]) -> list[FoundRemote]:
    told = environ.get("S3CMD_CONFIG", "").strip()
    files = [Path(told).expanduser()] if told else []
    try:
        files += sorted(path for path in home.glob(".s3cfg*") if not path.name.endswith(_LEFTOVER))
    except OSError:
        pass
    found = []
    for path in list(dict.fromkeys(files))[:MOST_FILES]:
        section = ini_sections(text_of(path, [])).get(("", "default"), {})
        if section.get("access_key") and section.get("secret_key"):
            found.append(_s3cmd_account(path.name, section))
    return found


def _s3cmd_account(name: str, section: Section) -> FoundRemote:
    host = section.get("host_base", "")
    scheme = "https" if section.get("use_https", "true").lower() in _YES else "http"
    url, region = _server(host if "://" in host or not host else f"{scheme}://{host}")
    # Without a place for the bucket in the host's name it goes into the path.
    virtual = "%(bucket)" in section.get("host_bucket", "%(bucket)")
    endpoint = Endpoint(
        url=url,
        region=_region(section.get("bucket_location", "")) or region,
        addressing="virtual" if url and virtual else "auto",
        ca_file=_path(section.get("ca_certs_file", "")),
        canned_acl="public-read" if _yes(section, "acl_public") else None,
        request_payer=_yes(section, "requester_pays"),
    )
    token = section.get("access_token") or None
    credentials = Credentials(section["access_key"], section["secret_key"], token)
    return FoundRemote("s3cmd", name, Connection(endpoint), credentials)


# ---- rclone ------------------------------------------------------------------------------------------------


def _of_rclone(home: Path, environ: Mapping[str, str]) -> list[FoundRemote]:
    text = ""
    for path in _rclone_files(home, environ):
        text = text_of(path, [])
        if text:
            break
    if "RCLONE_ENCRYPT_V" in text[:1000]:
        words = "The file of rclone is encrypted: run `rclone config show NAME` and paste what it prints."
        return [FoundRemote("rclone", "(encrypted)", reason=words)]
    sections = {name: section for (_, name), section in ini_sections(text).items()}
    found = {
        name: _rclone_remote(name, section)
        for name, section in sections.items()
        if section.get("type") == "s3"
    }
    for name, section in sections.items():
        below, _, place = section.get("remote", "").partition(":")
        if section.get("type") == "alias" and below in found:
            found[name] = _alias(name, found[below], place)
    return list(found.values())


def _rclone_files(home: Path, environ: Mapping[str, str]) -> list[Path]:
    told = environ.get("RCLONE_CONFIG", "").strip()
    if told:
        return [Path(told).expanduser()]
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    usual = (config / "rclone/rclone.conf", home / ".config/rclone/rclone.conf", home / ".rclone.conf")
    return list(dict.fromkeys(usual))


def _rclone_remote(name: str, section: Section) -> FoundRemote:
    url, region = _server(section.get("endpoint", ""))
    acl = section.get("acl", "").lower()
    addressing = section.get("force_path_style", "").lower()
    endpoint = Endpoint(
        url=url,
        region=_region(section.get("region", "")) or region,
        addressing="virtual" if addressing == "false" else "path" if addressing == "true" else "auto",
        ca_file=_path(section.get("override.ca_cert", "")),
        canned_acl=_canned(acl),
        request_payer=_yes(section, "requester_pays"),
    )
    place = Connection(endpoint, Workspace(name=section.get("description", "")))
    key, secret = section.get("access_key_id"), section.get("secret_access_key")
    if key and secret:
        return FoundRemote(
            "rclone", name, place, Credentials(key, secret, section.get("session_token") or None)
        )
    if _yes(section, "env_auth"):
        return FoundRemote("rclone", name, place, profile=section.get("profile") or "default")
    return FoundRemote(
        "rclone", name, place, reason=f"Remote {name} of rclone holds no keys: run `rclone config`."
    )


def _alias(name: str, below: FoundRemote, place: str) -> FoundRemote:
    """A remote that stands for a place in another one."""
    bucket, _, prefix = place.strip("/").partition("/")
    workspace = Workspace(bucket or None, f"{prefix}/" if prefix else "", below.connection.workspace.name)
    connection = Connection(below.connection.endpoint, workspace)
    return FoundRemote("rclone", name, connection, below.credentials, below.profile, below.reason)


# ---- values ------------------------------------------------------------------------------------------------


def _server(text: str) -> tuple[str | None, str | None]:
    """The address of a server, None for AWS itself, and the region that its name tells."""
    address = endpoint_address(text.strip().rstrip("/")) if text.strip() else None
    if address is None:
        return None, None
    if not is_aws_endpoint(address):
        return address, None
    named = _AWS_REGION.search(address)
    return None, named[1] if named else None


def _region(text: str) -> str | None:
    text = text.strip()
    return _OLD_REGIONS.get(text.lower(), text) or None


def _path(text: str) -> str | None:
    return str(Path(text).expanduser()) if text.strip() else None


def _yes(section: Section, name: str) -> bool:
    return section.get(name, "").lower() in _YES


def _canned(text: str) -> CannedAcl | None:
    return next((acl for acl in CANNED_ACLS if acl == text), None)
