"""Who the credentials say we are, as far as anybody tells."""

from typing import Literal

from msgspec import Struct

ToldBy = Literal["sts", "token", "server", "key id", "nobody"]
"""Who told an identity, most reliable first."""


class Identity(Struct, frozen=True):
    """A user or a role's session; every part may be unknown."""

    arn: str = ""
    """As AWS writes it; empty where it was not told."""

    account: str = ""
    """The account's number."""

    user: str = ""
    """Name of a user, or of the owner that the server names."""

    role: str = ""
    session: str = ""
    """Name of a role's session: platforms put the user's name there."""

    user_id: str = ""
    """As STS gives it: the id of a user, or of a role and its session."""

    told_by: ToldBy = "nobody"

    @property
    def label(self) -> str:
        """For people: "reef-reader as alice", "alice", "account 111122223333", or empty."""
        if self.role:
            return f"{self.role} as {self.session}" if self.session else self.role
        return self.user or (f"account {self.account}" if self.account else "")
