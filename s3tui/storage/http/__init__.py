"""A lean HTTP/1.1 client for the requests that move bytes: in the event loop, strict, without copies.

It does one exchange at a time on a connection, exactly once: no redirect is followed and nothing is resent.
It knows nothing of S3.
"""
