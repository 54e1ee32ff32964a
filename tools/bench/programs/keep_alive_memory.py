"""
Memory that idle keep-alive connections of a server take: ``keep_alive_memory.py PROGRAM ARGUMENTS SECONDS``.

Each connection has made a request. What is printed as CPU time is kibibytes: the row says so in its unit.
"""

import json
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

CONNECTIONS = 1000


def resident(pid):
    return int(re.search(r"^VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)[1])


def ask(port):
    one = socket.create_connection(("127.0.0.1", port))
    one.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    if not one.recv(4096).startswith(b"HTTP/1.1 200 "):
        raise SystemExit("that was no answer")
    return one


def main(program, *arguments):
    words = [sys.executable, str(Path(__file__).with_name(program)), *arguments]
    server = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        port = int(server.stdout.readline())
        for _ in range(200):
            ask(port).close()
        time.sleep(0.5)
        before = resident(server.pid)
        held = [ask(port) for _ in range(CONNECTIONS)]
        time.sleep(0.5)
        taken = resident(server.pid) - before
        for one in held:
            one.close()
    finally:
        server.kill()
        server.wait()
    print(json.dumps({"cpu": taken, "operations": CONNECTIONS, "seconds": 1}))


if __name__ == "__main__":
    main(*sys.argv[1:-1])
