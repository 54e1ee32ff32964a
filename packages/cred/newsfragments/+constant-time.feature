Passwords and digests are compared in constant time; digests may be SHA-256.
