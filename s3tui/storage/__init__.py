"""S3 and local storage: listing, single operations, moving bytes; the only room with S3 libraries."""
