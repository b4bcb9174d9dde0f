"""Who may ask: the holder of the launch token, on this machine, from our own page.

The token travels once, in the URL that `neuroscope serve` opens, and is exchanged for a cookie that
scripts of a page cannot read and other sites cannot send. Scripts on this machine send it as a
Bearer header instead. The host check stops DNS rebinding, the origin check cross-site requests.
"""

import ipaddress
import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, QueryParams
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from neuroscope.api.problems import problem

READING = frozenset({"GET", "HEAD", "OPTIONS"})
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; font-src 'self' data:; "
        "connect-src 'self' blob: data:; frame-src 'self' blob:; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
}


@dataclass(frozen=True, slots=True)
class Access:
    """The secret of this launch, and the names under which the server may be called."""

    token: str
    port: int
    hosts: frozenset[str] = LOOPBACK

    @property
    def cookie(self) -> str:
        """Name of the cookie; cookies do not know ports, so two servers need two names."""
        return f"neuroscope-{self.port}"

    def is_token(self, given: str | None) -> bool:
        """Compare in constant time; an empty token opens nothing."""
        if not given or not self.token:
            return False
        return secrets.compare_digest(given.encode(), self.token.encode())

    def is_asked_by_holder(self, request: HTTPConnection) -> bool:
        """Tell whether the request carries the token, as a cookie or as a Bearer header."""
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and self.is_token(given.strip()):
            return True
        return self.is_token(request.cookies.get(self.cookie))


def hosts_for(host: str) -> frozenset[str]:
    """Return the names a server bound to `host` answers to: loopback names and its own."""
    try:
        is_wildcard = ipaddress.ip_address(host).is_unspecified
    except ValueError:
        is_wildcard = False
    return LOOPBACK if is_wildcard else LOOPBACK | {host.lower()}


class Gate:
    """ASGI layer: checks host, origin and token; turns a launch link into a cookie."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app = app
        self.access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a refused request, or pass it on."""
        if scope["type"] == "websocket":
            await self._pass_socket(scope, receive, send)
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(
                        (name.lower().encode(), value.encode())
                        for name, value in SECURITY_HEADERS.items()
                        if name.lower().encode() not in present
                    ),
                ]
            await send(message)

        answer = self.refusal(HTTPConnection(scope)) or self.launch(scope)
        await (answer or self.app)(scope, receive, send_safely)

    async def _pass_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a socket as any request for a change, for it goes both ways; or pass it on."""
        refused = self.refusal(HTTPConnection(scope))
        if refused is None:
            await self.app(scope, receive, send)
            return
        socket = WebSocket(scope, receive, send)
        if "websocket.http.response" in scope.get("extensions", {}):
            await socket.send_denial_response(refused)
        else:
            await socket.close()

    def refusal(self, request: HTTPConnection) -> Response | None:
        """Return why the request is refused, or None."""
        host = request.headers.get("host", "")
        if host_name(host) not in self.access.hosts:
            return problem(
                421,
                "Wrong host",
                "The server does not answer under this name.",
                "Open it as http://127.0.0.1, or start it with --host NAME.",
            )
        # A socket has no method: it is held to the rule for changes.
        if request.scope.get("method") not in READING and not is_same_origin(request.headers):
            return problem(
                403,
                "Wrong origin",
                "A page of another site asked for a change.",
                "Use the page that this server delivers.",
            )
        path = request.url.path
        if not path.startswith("/api/") or path == "/api/health":
            return None
        if self.access.is_asked_by_holder(request):
            return None
        return problem(
            401,
            "Not signed in",
            "The request carries no valid launch token.",
            "Open the link that `neuroscope serve` printed, or send the token in it as "
            "'Authorization: Bearer TOKEN'.",
        )

    def launch(self, scope: Scope) -> Response | None:
        """Exchange a token in the address of a page for the cookie; the address loses it."""
        if scope["method"] != "GET" or scope["path"].startswith("/api/"):
            return None
        given = QueryParams(scope["query_string"]).get("token")
        if given is None:
            return None
        # A path of two slashes would be read as the name of another host.
        answer = RedirectResponse("/" + scope["path"].lstrip("/\\"), status_code=303)
        answer.headers["Cache-Control"] = "no-store"
        if self.access.is_token(given):
            answer.set_cookie(self.access.cookie, given, httponly=True, samesite="strict", path="/")
        return answer


def host_name(host: str) -> str:
    """Return the name in a Host header, without its port.

    Examples
    --------
    >>> host_name("LOCALHOST:8000"), host_name("[::1]:8000")
    ('localhost', '::1')
    """
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def is_same_origin(headers: Headers) -> bool:
    """Tell whether a request comes from our own page, or from no page at all (a script)."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    if origin is None:
        return True
    return urlsplit(origin).netloc.lower() == headers.get("host", "").lower()
