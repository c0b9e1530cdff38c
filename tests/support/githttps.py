"""A git server as the tool meets one: smart HTTPS on loopback by git's own `http-backend`, with a CA of its own.

Repositories are the folders `OWNER/NAME.git` below a root. Any address can be made to fail in a chosen way.
"""

import os
import ssl
import subprocess
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import trustme


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says instead of asking git. `delay` seconds pass first, or less where the server is closed."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay: float = 0


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


class GitHttpsServer:
    """Serves the repositories below `root` while its `with` block runs; before it, connections are refused."""

    def __init__(
        self, root: Path, certificates: Path, *, instead: Callable[[Request], Answer | None] = lambda _: None
    ) -> None:
        """`root` holds the repositories; the CA's certificate is written to the folder `certificates`.

        What `instead` answers to is not asked of git.
        """
        self.root = root
        self.instead = instead
        self.requests: list[Request] = []
        self.sent_bytes = 0  # in bodies, over all requests
        self.answers: dict[str, Answer] = {}
        self.next_answers: list[Answer] = []
        self.closing = threading.Event()
        authority = trustme.CA()
        self.ca_file = certificates / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca_file))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
        self._server = _Server(("127.0.0.1", 0), _handler(self), bind_and_activate=False)
        self._server.server_bind()
        # The handshake is left to the thread that answers, so that a slow client holds nobody up.
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def base_url(self) -> str:
        return f"https://127.0.0.1:{self._server.server_address[1]}"

    def url(self, name: str) -> str:
        """The address of the repository `OWNER/NAME`."""
        return f"{self.base_url}/{name}.git"

    def repository(self, name: str) -> Path:
        """Where the repository `OWNER/NAME` lies, or has to be put."""
        return self.root / f"{name}.git"

    def answer(self, name: str, answer: Answer) -> None:
        """Every request for the repository `OWNER/NAME` gets this answer from now on."""
        self.answers[f"/{name}.git"] = answer

    def once(self, answers: list[Answer]) -> None:
        """The next requests get these answers, each of them once; the list is emptied meanwhile."""
        self.next_answers = answers

    def __enter__(self) -> Self:
        self._server.server_activate()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # closing waits for them, so that no socket outlives a test

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients under limits die in the middle of an answer; that is their business."""


def _handler(server: GitHttpsServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._serve(b"")

        def do_POST(self) -> None:
            self._serve(self._body())

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def _serve(self, body: bytes) -> None:
            request = Request(self.command, self.path, dict(self.headers.items()))
            server.requests.append(request)
            if (made := server.instead(replace(request, body=body))) is not None:
                self._say(made)
                return
            if server.next_answers:
                self._say(server.next_answers.pop(0))
                return
            for prefix, answer in server.answers.items():
                if self.path.startswith(f"{prefix}/"):
                    self._say(answer)
                    return
            self._ask_git(body)

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            return b"".join(parts)

        def _say(self, answer: Answer) -> None:
            if answer.delay:
                server.closing.wait(answer.delay)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            # A connection for each request: a waiting one would hold up the closing of the server.
            self.send_header("Connection", "close")
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            server.sent_bytes += len(answer.body)
            self.wfile.write(answer.body)

        def _ask_git(self, body: bytes) -> None:
            path, _, query = self.path.partition("?")
            env = {
                "PATH": os.environ.get("PATH", os.defpath),
                "HOME": "/nonexistent",
                "GIT_CONFIG_NOSYSTEM": "1",
                "GIT_PROJECT_ROOT": str(server.root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "REQUEST_METHOD": self.command,
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": "uploadpack.allowFilter",
                "GIT_CONFIG_VALUE_0": "true",
            }
            done = subprocess.run(["git", "http-backend"], input=body, capture_output=True, env=env, check=False)
            head, _, content = done.stdout.partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
            status = int(headers.pop("Status", "200").split()[0])
            self._say(Answer(status, headers, content))

    return Handler
