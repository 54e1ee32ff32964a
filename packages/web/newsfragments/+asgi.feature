`twist web --asgi module:app` and `ASGIResource` serve ASGI 3 applications: HTTP, WebSocket and lifespan.
Applications that send to a client that has gone get an `OSError`; WebSocket close codes and reasons are told in both directions, and a connection can be refused with a response.
