"""Tests of the embedded demo server, driven by other people's clients and by bytes of our own."""
