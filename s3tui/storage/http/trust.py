"""Whom TLS trusts: the system's authorities and certifi's, or one file's; names are always compared."""

import ssl


def trusting(ca_file: str | None) -> ssl.SSLContext:
    """Settings of TLS connections.

    Args:
        ca_file: the only authorities to trust, or None.

    Raises:
        OSError: the file cannot be read, or holds no certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    if ca_file is not None:
        context.load_verify_locations(ca_file)
        return context
    context.load_default_certs()
    try:
        import certifi
    except ImportError:
        return context  # the system's have to do
    context.load_verify_locations(certifi.where())
    return context
