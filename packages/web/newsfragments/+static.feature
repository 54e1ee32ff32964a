Static files have ETags, precompressed variants, `sendfile` on plain TCP, and a listing that is pleasant to look at.
