TCP connections have `TCP_NODELAY` from the start.
