`ReverseProxyResource` passes WebSocket connections through, and any other protocol that both sides agree on by `Upgrade`; a server behind that says nothing for ten minutes is given up with 504.
