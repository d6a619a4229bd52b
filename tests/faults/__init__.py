"""Faults of networks and servers, injected in front of a real Ceph, one scenario after the other.

`recoverable`, `permanent` and `special` are tables of scenarios; `lane` plays them with a real engine and
`command` with the installed command; `judge` says what was wrong; `soak` plays all with many seeds and writes
the figures.
"""
