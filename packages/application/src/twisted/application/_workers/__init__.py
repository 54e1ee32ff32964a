"""
``twist --workers N``: one service in several processes, on the same sockets.

The parent (`manager`) binds the sockets and keeps them (`listening`), and never accepts. A worker (`worker`) is a
program of its own, started by exec. When its service asks the reactor to listen somewhere, the reactor asks the parent
for the socket of that address instead (`sharing`, `control`). So the service need not know, and a socket and the
connections that wait in it outlive any worker. `supervising` decides when which worker is started and stopped;
`processes` starts them and listens to them; `notify` tells systemd.
"""
