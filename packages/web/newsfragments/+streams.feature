`twist web --asgi` hands over uploads while they come.
