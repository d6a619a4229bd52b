"""The embedded demo server: a small, real S3 in a child process, with expiring credentials.

Two halves that never import each other's weight:

- `process` and `access` belong to the front end: no aiohttp, no boto. `DemoServer.start()` is all it needs.
- everything else is the child (`python -m s3tui.demo`): `child` watches the parent, `server` answers HTTP,
  `routing` names the operation and asks `policy`, `objects`, `multipart` and `listing` do it on `store`.
"""
