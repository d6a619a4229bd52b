"""Reads what Amazon says of a denial: which action, on what, and which kind of rule stands against it.

"User: arn:aws:sts::111122223333:assumed-role/Reader/alice is not authorized to perform: s3:PutObject on
resource: "arn:aws:s3:::reef/data/x.nc" because no session policy allows the s3:PutObject action". Other
servers have taken the form over. Everything here is words; nothing is decided.
"""

import re

from msgspec import Struct

_DENIED = re.compile(
    r"not authori[sz]ed to perform:?\s+(?P<action>[\w-]+:[\w*]+)"
    r"(?:\s+on\s+(?:the\s+)?resources?:?\s+[\"']?(?P<resource>arn:[^\s\"']+|[^\s\"']+))?"
    r"(?P<rest>.*)",
    re.I,
)
_PLACE = re.compile(r"arn:[\w-]*:s3[\w-]*:[^:]*:[^:]*:(?P<bucket>[^/:]+)(?:/(?P<key>.*))?$")

_ACTIONS = {
    "s3:listbucket": "list",
    "s3:listbucketversions": "list old versions in",
    "s3:listallmybuckets": "list the buckets of",
    "s3:listbucketmultipartuploads": "list unfinished uploads in",
    "s3:listmultipartuploadparts": "list the parts of",
    "s3:abortmultipartupload": "abort the upload of",
    "s3:getobject": "read",
    "s3:getobjectversion": "read that version of",
    "s3:getobjectattributes": "ask for the attributes of",
    "s3:getobjecttagging": "read the tags of",
    "s3:getobjectacl": "read the access list of",
    "s3:putobject": "write",
    "s3:putobjectacl": "set the access list of",
    "s3:putobjecttagging": "set the tags of",
    "s3:putobjectretention": "set the retention of",
    "s3:putobjectlegalhold": "set a legal hold on",
    "s3:bypassgovernanceretention": "end the retention of",
    "s3:deleteobject": "delete",
    "s3:deleteobjectversion": "delete that version of",
    "s3:restoreobject": "restore",
    "s3:createbucket": "create",
    "s3:deletebucket": "delete",
    "s3:getbucketlocation": "ask for the region of",
    "s3express:createsession": "open a session at",
    "kms:decrypt": "use the encryption key of",
    "kms:generatedatakey": "use the encryption key for",
    "kms:encrypt": "use the encryption key for",
    "sts:assumerole": "take on the role for",
}

_RULES: tuple[tuple[str, str, str], ...] = (
    ("service control polic", "the rules of the organisation", "Only its administrators can change that"),
    ("resource control polic", "the rules of the organisation", "Only its administrators can change that"),
    (
        "permissions boundar",
        "the limits set for this user or role",
        "Ask whoever runs the account about its permissions boundary",
    ),
    ("session polic", "the scope they were issued with", "Ask for some with a wider scope"),
    ("endpoint polic", "the rules of this network's way to S3", "Ask the administrators of the network"),
    ("resource-based polic", "the rules of the bucket", "Ask the owner of the data"),
    ("identity-based polic", "the rules of this user or role", "Ask who gave you these credentials"),
    ("access control list", "the bucket's ban on public access", "Ask the owner of the data"),
    ("public access", "the bucket's ban on public access", "Ask the owner of the data"),
)


class Denial(Struct, frozen=True):
    """What a denial says of itself."""

    action: str
    """As the server names it: "s3:PutObject"."""
    words: str
    """The action in plain words, to be followed by a place."""
    place: str
    """The resource as an address; empty when it is none, like an encryption key."""
    reason: str
    """Which rule stands against it, to follow a colon; empty when not told."""
    advice: str
    """Whom to ask, as one sentence."""

    @property
    def of_server(self) -> bool:
        """Whether it is about the server itself, not about a place on it."""
        return self.action.lower() == "s3:listallmybuckets"

    @classmethod
    def read(cls, message: str) -> "Denial | None":
        """Find a denial of this form in a message."""
        found = _DENIED.search(message)
        if found is None:
            return None
        action = found["action"]
        reason, advice = _reason(found["rest"])
        return cls(action, action_words(action), _place(found["resource"] or ""), reason, advice)


def action_words(action: str) -> str:
    """An action in plain words: "s3:GetBucketVersioning" is "get bucket versioning of"."""
    known = _ACTIONS.get(action.lower())
    if known:
        return known
    name = action.partition(":")[2]
    return f"{re.sub(r'(?<=[a-z])(?=[A-Z])', ' ', name).lower()} of" if name.strip("*") else "use"


def _place(resource: str) -> str:
    found = _PLACE.match(resource.rstrip(".,;"))
    # The names of access points and directory buckets are no addresses that anybody has typed.
    if found is None or "*" in found["bucket"] or found["bucket"] in ("bucket", "accesspoint"):
        return ""
    # Listing is granted on the whole bucket: the prefix that was asked for says more.
    return f"s3://{found['bucket']}/{found['key']}" if found["key"] else ""


def _reason(rest: str) -> tuple[str, str]:
    lowered = rest.lower()
    for mark, whose, advice in _RULES:
        if mark in lowered:
            forbids = "explicit deny" in lowered or "public access" in mark or "control list" in mark
            verb = "forbid it" if forbids else "do not allow it"
            if not whose.startswith(("the rules", "the limits")):
                verb = "forbids it" if forbids else "does not allow it"
            return f"{whose} {verb}", f"{advice}."
    if "explicit deny" in lowered:
        return "a rule forbids it", "Ask the owner of the data."
    return "", ""
