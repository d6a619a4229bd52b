"""S3 and local storage: listing, single operations, and the moving of bytes. The only room with S3 libraries."""
