"""Becomes nginx, if it is installed: ``nginx_web.py counter|static [tls]``. It prints its port."""

import os
import shutil
import socket
import sys
import tempfile
import time
from pathlib import Path

CONFIGURATION = """
daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log stderr crit;
events {{ worker_connections 4096; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{ listen 127.0.0.1:{port}{tls}; root {folder};
    location / {{ {what} }}
  }}
}}
"""


def main(work, tls):
    program = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if program is None:
        print("no nginx: apt install nginx-light")
        return
    folder = Path(tempfile.mkdtemp())
    (folder / "index.html").write_bytes(b"x" * 1_000_000)
    secure = ""
    if tls:
        from certificate import pem

        (folder / "pem").write_bytes(pem())
        secure = f" ssl http2; ssl_certificate {folder}/pem; ssl_certificate_key {folder}/pem"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    what = 'return 200 "I am a request\\n";' if work == "counter" else ""
    (folder / "conf").write_text(CONFIGURATION.format(folder=folder, port=port, tls=secure, what=what))
    if os.fork() == 0:
        # The port is told when somebody listens there; what is measured is this process, so a child watches.
        for _ in range(100):
            time.sleep(0.05)
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    print(port, flush=True)
                    break
        os._exit(0)
    os.execv(program, [program, "-c", str(folder / "conf")])


if __name__ == "__main__":
    main(sys.argv[1], "tls" in sys.argv)
