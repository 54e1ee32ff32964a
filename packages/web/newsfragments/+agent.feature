`Agent` reaches HTTPS through HTTP proxies; whole requests have a time limit; pools limit and queue connections.
