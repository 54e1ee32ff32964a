"""HTTP/2 over TLS, asked by other people's programs."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Serve = Callable[..., int]

SITE = """
    import hashlib
    from twisted.web import resource, static

    class Small(resource.Resource):
        isLeaf = True

        def render_GET(self, request):
            return b"small"

        def render_POST(self, request):
            return hashlib.sha256(request.content.read()).hexdigest().encode()

    class Streamed(resource.Resource):
        isLeaf = True
        streamsBody = True

        async def render_POST(self, request):
            digest = hashlib.sha256()
            async for piece in request.body:
                digest.update(piece)
            return digest.hexdigest().encode()

    root = resource.Resource()
    root.putChild(b"small", Small())
    root.putChild(b"streamed", Streamed())
    root.putChild(b"large", static.Data(bytes(range(256)) * 20000, "application/octet-stream"))
    site = __import__("twisted.web.server", fromlist=["Site"]).Site(root)
    site.streamsBodies = True
"""


def tool(name: str, install: str) -> str:
    """Find a program, or skip the test and say what to install."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"no {name}: apt install {install}")
    return found


def run(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=True).stdout


@pytest.mark.peer
def test_curl_downloads_and_uploads(serve_tls: Serve, tmp_path: Path) -> None:
    curl = tool("curl", "curl")
    url = f"https://localhost:{serve_tls(SITE)}"
    upload = tmp_path / "upload"
    upload.write_bytes(b"0123456789" * 300_000)
    digest = hashlib.sha256(upload.read_bytes()).hexdigest()

    assert run(curl, "-sk", "--http2", "-w", " %{http_version} %{http_code}", f"{url}/small") == "small 2 200"
    run(curl, "-sk", "--http2", "-o", str(tmp_path / "large"), f"{url}/large")
    assert (tmp_path / "large").read_bytes() == bytes(range(256)) * 20000
    for path in ("small", "streamed"):
        assert run(curl, "-sk", "--http2", "--data-binary", f"@{upload}", f"{url}/{path}") == digest
    assert run(curl, "-sk", "--http1.1", "-w", " %{http_version}", f"{url}/small") == "small 1.1"


@pytest.mark.peer
def test_nghttp_asks_many_things_at_once_with_priorities(serve_tls: Serve) -> None:
    nghttp = tool("nghttp", "nghttp2-client")
    url = f"https://localhost:{serve_tls(SITE)}"

    told = run(nghttp, "-nsv", "-m", "5", f"{url}/large", f"{url}/small")

    assert told.count(":status: 200") == 10
    assert "error" not in told.lower().replace("error_code=no_error", "")


@pytest.mark.peer
@pytest.mark.parametrize(("path", "requests"), [("small", 2000), ("large", 20)])
def test_h2load_gets_all_its_answers(serve_tls: Serve, path: str, requests: int) -> None:
    h2load = tool("h2load", "nghttp2-client")

    told = run(h2load, f"-n{requests}", "-c4", "-m10", f"https://localhost:{serve_tls(SITE)}/{path}")

    assert re.search(rf"{requests} done, {requests} succeeded, 0 failed, 0 errored", told), told
