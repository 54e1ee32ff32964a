`twist web --asgi module:app` and `ASGIResource` serve ASGI 3 applications: HTTP, WebSocket and lifespan.
