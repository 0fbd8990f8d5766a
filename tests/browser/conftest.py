"""A real browser, a real API, and a registry's page of another origin with a strict policy."""

import contextlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import uvicorn

from api.app import create_app
from api.settings import Settings

CHROMIUM = Path("/usr/bin/chromium")
# axe-core reads the page's own background, not that of the canvas.
STYLE = """
html { background: Canvas; color: CanvasText }
body { font: 16px/1.5 sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
"""
# Counted from the first moment, and by the browser itself.
COUNT_VIOLATIONS = """
window.violations = []; window.executed = 0; window.told = [];
document.addEventListener("securitypolicyviolation", ({ violatedDirective: rule, blockedURI }) =>
  violations.push(`${rule} ${blockedURI}`));
for (const what of ["load", "error", "click"])
  document.addEventListener(`related-trials:${what}`, (event) => told.push([what, event.detail]));
window.alert = window.pwned = () => { window.executed += 1; };
"""


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium; where there is none, these tests are skipped."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}; on Debian: apt-get install chromium")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextlib.contextmanager
def serving_app(app):
    """The address of `app` on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = server.force_exit = True
            thread.join()


@pytest.fixture(scope="session")
def host(seeds_engine, seeds_root):
    """The address of the API on the seeds."""
    with serving_app(create_app(seeds_engine, Settings(index=seeds_root))) as address:
        yield address


@pytest.fixture(scope="session")
def registry():
    """Publishes a body as a page of another origin: registry(body, allow=[host]) -> its address."""
    pages = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            found = pages.get(self.path)
            self.send_response(200 if found else 404)
            kind = "text/css" if self.path.endswith(".css") else "text/html"
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            if found:
                self.send_header("Content-Security-Policy", found[0])
            self.end_headers()
            self.wfile.write(found[1].encode() if found else b"")

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    pages["/page.css"] = ("default-src 'none'", STYLE)

    def publish(body, allow, *, head="", lang="en", script=True):
        hosts = " ".join(allow)
        policy = (
            f"default-src 'none'; script-src {hosts}; connect-src {hosts}; style-src 'self'; "
            "require-trusted-types-for 'script'; trusted-types 'none'"
        )
        module = f'<script type="module" src="{allow[0]}/widget/related-trials.js"></script>'
        path = f"/{len(pages)}"
        pages[path] = (
            policy,
            f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>A study</title>'
            '<meta name="viewport" content="width=device-width">'
            f'<link rel="stylesheet" href="/page.css">{head}'
            f"{module if script else ''}</head><body>{body}</body></html>",
        )
        return f"http://127.0.0.1:{server.server_port}{path}"

    yield publish
    server.shutdown()
    server.server_close()


@pytest.fixture
def open_page(browser):
    """Opens an address in a window of its own, with what the context is to be like."""
    with contextlib.ExitStack() as contexts:

        def go(address, **context):
            opened = browser.new_context(**context)
            contexts.callback(opened.close)
            opened.set_default_timeout(20_000)
            opened.add_init_script(COUNT_VIOLATIONS)
            page = opened.new_page()
            page.goto(address)
            return page

        yield go
