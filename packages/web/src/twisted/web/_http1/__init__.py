"""
HTTP/1 as bytes: no reactor, no transport, no clock.

`buffers` holds what came and is not understood yet, `fields` reads header fields, `heads` reads requests' heads,
`bodies` cuts bodies out of the stream, and `receiving` puts them together to a stream of requests.
"""
