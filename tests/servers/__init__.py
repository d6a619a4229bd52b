"""Real S3 servers for the tests, started on free loopback ports and surely gone when the test run ends."""
