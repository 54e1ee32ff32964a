A checker of bcrypt hashes, which renews old ones at login, with a `strcred` syntax of its own.
