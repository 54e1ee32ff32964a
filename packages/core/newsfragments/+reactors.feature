Reactors over epoll, poll, select, kqueue and asyncio (uvloop too); several in one process, started again after they stopped, and without side effects at import.
