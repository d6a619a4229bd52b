"""S3 and local storage: listing, single operations, moving bytes; the only room with S3 libraries."""

import sys

# Where botocore finds this module it signs through it, and importing it takes as long as all of botocore;
# we use the checksums of awscrt and nothing else. None is how Python is told that a module is not there.
sys.modules.setdefault("awscrt.auth", None)  # type: ignore[arg-type]
