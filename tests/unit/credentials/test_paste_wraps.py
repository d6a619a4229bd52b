"""A paste that a narrow screen has cut at any column is read right or refused, never read short."""

import pytest

from s3tui.credentials.paste import PasteError, parse_paste
from tests.unit.credentials.make_paste_corpus import Fakes

WIDTHS = range(40, 133)
"""Columns at which terminals, mail programs and pagers cut."""

EXPORTS = "export AWS_ACCESS_KEY_ID={q}{id}{q}\nexport AWS_SECRET_ACCESS_KEY={q}{secret}{q}\n"
EXPORTS += "export AWS_SESSION_TOKEN={q}{token}{q}\n"
FAMILIES = {
    "exports": EXPORTS.replace("{q}", '"'),
    "exports without quotes": EXPORTS.replace("{q}", ""),
    "exports behind a prompt": EXPORTS.replace("{q}", "").replace("export", "alice@login3:~$ export"),
    "one line": EXPORTS.replace("{q}", "").replace("\nexport", ""),
    "a profile": "[reef]\naws_access_key_id={id}\naws_secret_access_key={secret}\n"
    "aws_session_token={token}\nregion=eu-west-2\n",
    "an answer": '{{"AccessKeyId": "{id}", "SecretAccessKey": "{secret}", "SessionToken": "{token}", '
    '"Expiration": "2036-05-01T12:00:00Z"}}\n',
    "labels": "Access Key ID: {id}\nSecret Access Key: {secret}\nSession Token: {token}\n"
    "Expiration: 2036-05-01 12:00:00 +0000 UTC\n",
    "PowerShell": "$Env:AWS_ACCESS_KEY_ID='{id}'\n$Env:AWS_SECRET_ACCESS_KEY='{secret}'\n"
    "$Env:AWS_SESSION_TOKEN='{token}'\n",
    "R": 'Sys.setenv("AWS_ACCESS_KEY_ID" = "{id}", "AWS_SECRET_ACCESS_KEY" = "{secret}", '
    '"AWS_SESSION_TOKEN" = "{token}", "AWS_DEFAULT_REGION" = "us-west-2")\n',
    "a remote without token": "[lumi]\ntype = s3\nendpoint = https://lumidata.eu\naccess_key_id = {key}\n"
    "secret_access_key = {secret}\n",
    "a pair without token": "AWS_ACCESS_KEY_ID={key}\nAWS_SECRET_ACCESS_KEY={secret}\n",
    "an alias": "mc alias set lab https://minio.uni.edu:9000 {key} {secret}\n",
    "a table": "Access key ID,Secret access key\n{key},{secret}\n",
}
ISSUERS = {"aws": ("ID", "KEY", "SECRET", "TOKEN"), "ceph": ("RGWID", "ID20", "RGWSECRET", "RGWTOKEN")}


def cut_at(text: str, width: int) -> str:
    """The text as a screen of that width shows it, copied line by line."""
    return "\n".join(
        line[at : at + width] for line in text.split("\n") for at in range(0, len(line) or 1, width)
    )


@pytest.mark.parametrize("issuer", ISSUERS)
@pytest.mark.parametrize("family", FAMILIES)
def test_no_value_is_read_short_at_any_width(family: str, issuer: str) -> None:
    fakes = Fakes(family + issuer)
    key_id, key, secret, token = (fakes.value(kind) for kind in ISSUERS[issuer])
    shape = FAMILIES[family]
    text = shape.format(id=key_id, key=key, secret=secret, token=token)
    wanted = (key_id if "{id}" in shape else key, secret, token if "{token}" in shape else None)
    refused = 0
    for width in WIDTHS:
        try:
            parsed = parse_paste(cut_at(text, width))
        except PasteError:
            refused += 1
            continue
        read = (parsed.access_key_id, parsed.secret_access_key, parsed.session_token)
        assert read == wanted, f"cut at column {width}"
    assert refused <= 6


@pytest.mark.parametrize("issuer", ISSUERS)
@pytest.mark.parametrize("family", ["exports", "exports without quotes", "a profile", "an answer", "labels"])
def test_a_split_pane_is_read_right_or_refused(family: str, issuer: str) -> None:
    fakes = Fakes(family + issuer)
    key_id, key, secret, token = (fakes.value(kind) for kind in ISSUERS[issuer])
    text = FAMILIES[family].format(id=key_id, key=key, secret=secret, token=token)
    for width in range(16, 40):
        try:
            parsed = parse_paste(cut_at(text, width))
        except PasteError:
            continue
        read = (parsed.access_key_id, parsed.secret_access_key, parsed.session_token)
        assert read == (key_id, secret, token), f"cut at column {width}"
