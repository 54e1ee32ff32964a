"""
The rooms behind `twisted.web.http`.

`dates`, `queries`, `chunks` and `parts` understand bytes; `streams` and `pieces` are bodies that are read while they
come. A request is `received` and has `responses`, which `requests` brings together. `connections` deal with transports,
`patience` with time, `channels` with the requests that come over them, and `answers` writes headers down. `factories`
makes connections, `deadlines` ends those where nothing happens, and `logs` makes lines for access logs. `clients` is an
old client.
"""
