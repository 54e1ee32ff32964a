HTTP/2 protocol errors and floods close the connection after GOAWAY; bodies can be read while they come over HTTP/2 too.
