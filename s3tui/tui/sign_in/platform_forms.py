"""The forms behind "Other sources": what each platform has to be told, and what the engine then asks.

A form is only text; tokens typed into it go to the engine and stay in its memory.
"""

from collections.abc import Callable, Mapping

from msgspec import Struct

from s3tui.model.credentials import Connection, Endpoint, Workspace
from s3tui.model.source import (
    EARTHDATA_URL,
    EODH_BUCKET,
    EODH_URL,
    PROVENA_URL,
    SYNAPSE_URL,
    EarthdataSource,
    EodhSource,
    FieldNames,
    HttpSource,
    InstanceSource,
    ProvenaSource,
    Source,
    SynapseSource,
)
from s3tui.tui.sign_in.typed import FieldProblem, read_endpoint, read_place

Values = Mapping[str, str]
"""What was typed, by the fields' names."""

Wanted = tuple[Source, Connection]
"""What the engine is to ask, and where to connect with what it gives."""


class FormField(Struct, frozen=True):
    """One line of a form."""

    name: str
    label: str
    hint: str = ""
    value: str = ""
    """What stands there at first."""
    hidden: bool = False


class PlatformForm(Struct, frozen=True):
    """A platform and its fields."""

    key: str
    """The letter that chooses it."""
    title: str
    fields: tuple[FormField, ...]
    read: Callable[[Values, Mapping[str, str]], Wanted]
    """Makes the source of what was typed and the `AWS_*` variables; raises FieldProblem."""
    note: str = ""
    """A sentence worth knowing before."""


_TOKEN = "token"  # noqa: S105 - the name of a field
_ACCESS = FormField("access", "Access", "read, or write", "read")
_PLACE = FormField("place", "Place", "s3://bucket/prefix/, empty when the answer names it")
_ENDPOINT = FormField("endpoint", "Endpoint", "of the S3 server; empty for AWS")


def _hidden(hint: str) -> FormField:
    return FormField(_TOKEN, "Token", hint, hidden=True)


def _needed(values: Values, name: str, sentence: str) -> str:
    text = values.get(name, "").strip()
    if not text:
        raise FieldProblem(name, sentence)
    return text


def _writes(values: Values) -> bool:
    text = values.get("access", "").strip().lower()
    if text not in ("read", "write", "r", "w", ""):
        raise FieldProblem("access", "Access is read or write.")
    return text.startswith("w")


def _place(values: Values) -> Connection:
    workspace: Workspace = read_place(values.get("place", ""))
    region = values.get("region", "").strip() or None
    return Connection(Endpoint(read_endpoint(values.get("endpoint", "")), region), workspace)


def _synapse(values: Values, _: Values) -> Wanted:
    entity = _needed(values, "entity", "The entity looks like syn12345678.")
    token = _needed(values, _TOKEN, "Synapse needs a personal access token.")
    return SynapseSource(entity, token, _writes(values), values["server"].strip() or SYNAPSE_URL), _place(
        values
    )


def _eodh(values: Values, _: Values) -> Wanted:
    workspace = _needed(values, "workspace", "The workspace's name is needed.")
    token = _needed(values, _TOKEN, "EODH needs a token.")
    bucket = values["bucket"].strip()
    return EodhSource(workspace, token, values["server"].strip() or EODH_URL, bucket), _place(values)


def _provena(values: Values, _: Values) -> Wanted:
    dataset = _needed(values, "dataset", "The dataset's handle looks like 10378.1/1234567.")
    token = _needed(values, _TOKEN, "Provena needs a token.")
    server = values["server"].strip() or PROVENA_URL
    return ProvenaSource(dataset, token, server, _writes(values)), _place(values)


def _earthdata(values: Values, _: Values) -> Wanted:
    token = _needed(values, _TOKEN, "Earthdata needs a bearer token.")
    _needed(values, "place", "Earthdata does not name a bucket: give s3://bucket/prefix/.")
    return EarthdataSource(token, values["server"].strip() or EARTHDATA_URL), _place(values)


def _http(values: Values, _: Values) -> Wanted:
    url = _needed(values, "url", "The address looks like https://host/path.")
    method = values["method"].strip().upper() or "GET"
    if method not in ("GET", "POST"):
        raise FieldProblem("method", "The method is GET or POST.")
    names = [name.strip() for name in values["names"].split(",")] if values["names"].strip() else [""] * 4
    if len(names) != 4 or (any(names) and not all(names[:2])):
        raise FieldProblem("names", "Four names with commas between them: id, secret, token, expiry.")
    source = HttpSource(
        url,
        values[_TOKEN].strip(),
        values["header"].strip() or "Authorization",
        "POST" if method == "POST" else "GET",
        values["body"],
        FieldNames(*names),
    )
    return source, _place(values)


def _instance(values: Values, variables: Values) -> Wanted:
    return InstanceSource(dict(variables)), _place(values)


FORMS: tuple[PlatformForm, ...] = (
    PlatformForm(
        "s",
        "Synapse",
        (
            FormField("entity", "Entity", "syn12345678, a folder set up for STS"),
            _hidden("personal access token: view, download (and modify)"),
            _ACCESS,
            FormField("server", "Server", SYNAPSE_URL, SYNAPSE_URL),
            _ENDPOINT,
        ),
        _synapse,
    ),
    PlatformForm(
        "e",
        "EODH",
        (
            FormField("workspace", "Workspace", "its name"),
            _hidden("API token of the workspace"),
            FormField("bucket", "Bucket", EODH_BUCKET, EODH_BUCKET),
            FormField("server", "Server", EODH_URL, EODH_URL),
            _ENDPOINT,
        ),
        _eodh,
    ),
    PlatformForm(
        "p",
        "Provena, RRAP",
        (
            FormField("dataset", "Dataset", "its handle, as in 10378.1/1234567"),
            _hidden("access token"),
            _ACCESS,
            FormField("place", "Place", "empty for RRAP; else s3://bucket/prefix/"),
            FormField("server", "Server", PROVENA_URL, PROVENA_URL),
            _ENDPOINT,
        ),
        _provena,
    ),
    PlatformForm(
        "n",
        "NASA Earthdata",
        (
            _hidden("Earthdata Login bearer token"),
            FormField("place", "Place", "s3://bucket/prefix/ of the collection"),
            FormField("server", "Address", EARTHDATA_URL, EARTHDATA_URL),
            _ENDPOINT,
        ),
        _earthdata,
        "These keys work only on machines inside AWS's region us-west-2.",
    ),
    PlatformForm(
        "a",
        "Another address",
        (
            FormField("url", "Address", "https://host/path that answers with credentials"),
            FormField("method", "Method", "GET or POST", "GET"),
            FormField("header", "Header", "Authorization", "Authorization"),
            _hidden("the header's whole text, as in Bearer …; may be empty"),
            FormField("body", "Body", "JSON to send with POST"),
            FormField("names", "Names", "id, secret, token, expiry in the answer; empty to find out"),
            _PLACE,
            _ENDPOINT,
        ),
        _http,
    ),
    PlatformForm(
        "m",
        "This machine's role",
        (_PLACE, FormField("region", "Region", "empty for us-east-1"), _ENDPOINT),
        _instance,
        "The metadata service of this machine or container is asked, once and briefly.",
    ),
)
"""Every platform that can be asked, in the order they are offered."""
