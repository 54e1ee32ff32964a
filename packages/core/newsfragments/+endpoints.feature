Endpoints for TCP, TLS with reloading certificates, UNIX sockets, systemd, processes and standard input and output; `HostnameEndpoint` is happy about both address families.
