"""Reads what is typed into fields: places, servers, times and terms."""

import datetime as dt
import os
from typing import get_args

from s3tui.credentials.reading.endpoints import endpoint_address
from s3tui.credentials.reading.times import instant
from s3tui.model.credentials import CANNED_ACLS, Addressing, CannedAcl, Workspace
from s3tui.model.location import S3Location


class FieldProblem(Exception):
    """A typed field cannot be used; the text is a sentence for the user."""

    def __init__(self, field: str, sentence: str) -> None:
        """Name the field that is wrong."""
        super().__init__(sentence)
        self.field = field


def read_place(text: str) -> Workspace:
    """The bucket and prefix that a place names; a workspace without a bucket when it is empty.

    Raises:
        FieldProblem: it is no address.
    """
    text = text.strip()
    if not text:
        return Workspace()
    if "://" not in text:
        text = f"s3://{text}"
    try:
        place = S3Location.parse(text)
    except ValueError:
        raise FieldProblem("place", "The place looks like s3://bucket/prefix/.") from None
    prefix = place.key.lstrip("/")
    return Workspace(place.bucket or None, f"{prefix}/" if prefix and not prefix.endswith("/") else prefix)


def read_endpoint(text: str) -> str | None:
    """The server's address; None for AWS, when nothing was typed.

    Raises:
        FieldProblem: it is no http or https address of a host.
    """
    text = text.strip()
    if not text:
        return None
    address = endpoint_address(text)
    if address is None:
        raise FieldProblem("endpoint", "The endpoint looks like https://host or https://host:port.")
    return address


def read_expiry(text: str) -> dt.datetime | None:
    """The time of expiry, in UTC unless it names another zone; None when nothing was typed.

    Raises:
        FieldProblem: it cannot be read as a time.
    """
    text = text.strip()
    if not text:
        return None
    moment = instant(text, "UTC")
    if moment is None:
        raise FieldProblem("expiry", "The expiry looks like 2026-11-22 14:00 (UTC).")
    return moment


def expiry_text(moment: dt.datetime | None) -> str:
    """A time of expiry as the field shows it."""
    return "" if moment is None else moment.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def read_addressing(text: str) -> Addressing:
    """How buckets are named in requests; the beginning of a word will do.

    Raises:
        FieldProblem: it is none of the ways.
    """
    ways: tuple[Addressing, ...] = get_args(Addressing)
    found = [way for way in ways if way.startswith(text.strip().lower() or "auto")]
    if len(found) != 1:
        raise FieldProblem("addressing", "Buckets are named by auto, path or virtual.")
    return found[0]


def read_acl(text: str) -> CannedAcl | None:
    """The access list of new objects; None when nothing was typed.

    Raises:
        FieldProblem: S3 knows none of that name.
    """
    text = text.strip().lower()
    if not text:
        return None
    found = next((acl for acl in CANNED_ACLS if acl == text), None)
    if found is None:
        raise FieldProblem("acl", f"New objects can be {', '.join(CANNED_ACLS)}.")
    return found


def read_payer(text: str) -> bool:
    """Whether we pay for traffic.

    Raises:
        FieldProblem: it is neither yes nor no.
    """
    word = text.strip().lower()
    if word not in ("", "no", "n", "yes", "y"):
        raise FieldProblem("payer", "You pay for the traffic: yes or no.")
    return word.startswith("y")


def read_file(text: str) -> str | None:
    """The absolute path of a file; None when nothing was typed.

    Raises:
        FieldProblem: it is not absolute.
    """
    path = os.path.expanduser(text.strip())
    if path and not os.path.isabs(path):
        raise FieldProblem("ca_file", "The file of authorities looks like /path/ca.pem or ~/ca.pem.")
    return path or None


def read_folder(text: str) -> str:
    """The absolute path of a folder; empty when nothing was typed.

    Raises:
        FieldProblem: it is not absolute.
    """
    path = os.path.expanduser(text.strip())
    if path and not os.path.isabs(path):
        raise FieldProblem("folder", "The local folder looks like /path/folder or ~/folder.")
    return path
