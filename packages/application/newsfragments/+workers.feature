`twist --workers N` runs a service in N processes on one listening socket, restarts them one after another on SIGHUP without refusing a connection, and drains them on SIGTERM.
