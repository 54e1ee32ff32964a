"""
The rooms of `twisted.web.websocket`.

`masking`, `reading`, `writing`, `deflating` and `handshake` do no I/O; `wire` is what talks over a transport, `serving`
and `connecting` begin with that.
"""
