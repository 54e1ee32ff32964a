WebSocket messages can be compressed (permessage-deflate), are limited in size, and silent peers are found by pings, at both ends. See `WebSocketOptions`.
