"""Where credentials come from when they are not pasted: a profile, the machine, or a platform's interface.

A source is kept in memory for as long as its connection lasts, so that the credentials renew by themselves.
No repr shows a token.
"""

from typing import Literal

from msgspec import Struct

from s3tui.model.credentials import CannedAcl, Credentials

SYNAPSE_URL = "https://repo-prod.prod.sagebase.org"
EODH_URL = "https://eodatahub.org.uk"
EODH_BUCKET = "workspaces-eodhp"
PROVENA_URL = "https://data-api.mds.gbrrestoration.org"
EARTHDATA_URL = "https://archive.podaac.earthdata.nasa.gov/s3credentials"


class ProfileSource(Struct, frozen=True, tag="profile"):
    """A profile of the AWS files, of any kind."""

    name: str

    surroundings: dict[str, str] = {}
    """The `AWS_*` variables of whoever asks: the engine does not inherit them."""

    def __repr__(self) -> str:
        """The name only: variables may be secrets."""
        return f"ProfileSource({self.name!r})"


class InstanceSource(Struct, frozen=True, tag="instance"):
    """The role of this machine or container; looked for only when somebody asks for it."""

    surroundings: dict[str, str] = {}
    """The `AWS_*` variables of whoever asks: they name a container's address, or another metadata service."""

    def __repr__(self) -> str:
        """Nothing: variables may be secrets."""
        return "InstanceSource()"


class SynapseSource(Struct, frozen=True, tag="synapse"):
    """A folder of Synapse with an STS-enabled storage location."""

    entity_id: str
    """As in "syn12345678"."""

    access_token: str
    """A personal access token with the scopes view and download, and modify to write."""

    write: bool = False
    base_url: str = SYNAPSE_URL

    def __repr__(self) -> str:
        """Everything but the token."""
        return f"SynapseSource({self.entity_id!r}, write={self.write}, base_url={self.base_url!r})"


class EodhSource(Struct, frozen=True, tag="eodh"):
    """A workspace of the UK's Earth Observation Data Hub."""

    workspace: str
    token: str
    base_url: str = EODH_URL
    bucket: str = EODH_BUCKET
    """Holds all workspaces, each under a prefix of its name."""

    def __repr__(self) -> str:
        """Everything but the token."""
        return f"EodhSource({self.workspace!r}, base_url={self.base_url!r})"


class ProvenaSource(Struct, frozen=True, tag="provena"):
    """A dataset of a Provena data store, such as that of RRAP."""

    dataset_id: str
    """The handle, as in "10378.1/1234567"."""

    token: str
    base_url: str = PROVENA_URL
    """The data store's interface, not its pages."""

    write: bool = False

    def __repr__(self) -> str:
        """Everything but the token."""
        return f"ProvenaSource({self.dataset_id!r}, write={self.write}, base_url={self.base_url!r})"


class EarthdataSource(Struct, frozen=True, tag="earthdata"):
    """The credentials page of a NASA data centre."""

    token: str
    """An Earthdata Login bearer token."""

    url: str = EARTHDATA_URL
    """Each data centre has its own."""

    def __repr__(self) -> str:
        """Everything but the token."""
        return f"EarthdataSource({self.url!r})"


class FieldNames(Struct, frozen=True):
    """What a JSON answer calls its values; dots lead into inner objects. Empty names are found out."""

    access_key_id: str = ""
    secret_access_key: str = ""
    session_token: str = ""
    expiration: str = ""


class HttpSource(Struct, frozen=True, tag="http"):
    """Any address that answers with credentials."""

    url: str
    token: str = ""
    """Sent in `header`, with everything that belongs there ("Bearer …"); empty sends no such header."""

    header: str = "Authorization"
    method: Literal["GET", "POST"] = "GET"
    body: str = ""
    """JSON text to send with POST."""

    names: FieldNames = FieldNames()

    def __repr__(self) -> str:
        """Method and address only: header and body may hold secrets."""
        return f"HttpSource({self.method} {self.url!r})"


PlatformSource = SynapseSource | EodhSource | ProvenaSource | EarthdataSource | HttpSource
"""Sources that are asked over HTTP."""

Source = ProfileSource | InstanceSource | PlatformSource
"""Every source of credentials that is not a paste."""


class Obtained(Struct, frozen=True):
    """What a source gave: credentials, and what it knows of the place they are for."""

    credentials: Credentials
    endpoint_url: str | None = None
    region: str | None = None
    bucket: str | None = None
    prefix: str = ""
    """Empty, or ending in "/"."""

    canned_acl: CannedAcl | None = None
    read_only: bool = False
    renewable: bool = True
    """Whether the source may be asked again without anybody answering a question."""

    caution: str = ""
    """A sentence to say when they are refused all the same, and otherwise not."""


def source_label(source: Source) -> str:
    """What people call a source: "profile reef", "Synapse syn123"."""
    match source:
        case ProfileSource():
            return f"profile {source.name}"
        case InstanceSource():
            return "this machine's role"
        case SynapseSource():
            return f"Synapse {source.entity_id}"
        case EodhSource():
            return f"EODH workspace {source.workspace}"
        case ProvenaSource():
            return f"Provena {source.dataset_id}"
        case EarthdataSource():
            return "NASA Earthdata"
        case HttpSource():
            return source.url.partition("://")[2].partition("/")[0]


def token_of(source: Source) -> str:
    """The token a source is asked with; empty for those that need none of ours."""
    match source:
        case SynapseSource():
            return source.access_token
        case EodhSource() | ProvenaSource() | EarthdataSource() | HttpSource():
            return source.token
        case _:
            return ""
