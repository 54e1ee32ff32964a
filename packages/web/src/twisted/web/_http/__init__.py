"""
The rooms behind `twisted.web.http`.

`dates`, `queries`, `chunks` and `multipart` understand bytes. `requests` is a request and its response, `channels` a
connection that requests come over, `factories` makes connections, `deadlines` ends those where nothing happens, and
`logs` makes lines for access logs. `clients` is an old client.
"""
