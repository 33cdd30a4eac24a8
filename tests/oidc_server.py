"""An OpenID Connect provider on this machine, for tests: discovery, codes, keys and signed tokens."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@contextmanager
def oidc_server(client: str, people: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Serve ``people`` by code, each with its claims; yields the issuer's address.

    A code of nobody is refused, and so is a request without the verifier of PKCE.
    """

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: Any) -> None: ...

        def say(self, data: Any, status: int = 200) -> None:
            body = json.dumps(data).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            if self.path.endswith("openid-configuration"):
                self.say({
                    "issuer": issuer, "authorization_endpoint": f"{issuer}/authorize",
                    "token_endpoint": f"{issuer}/token", "userinfo_endpoint": f"{issuer}/me",
                    "jwks_uri": f"{issuer}/keys",
                })  # fmt: skip
            elif self.path == "/keys":
                public = jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
                self.say({"keys": [{**public, "kid": "one", "alg": "RS256", "use": "sig"}]})
            else:
                token = self.headers.get("Authorization", "").removeprefix("Bearer ")
                self.say(people.get(token, {}), 200 if token in people else 401)

        def do_POST(self) -> None:
            sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            code = sent["code"][0]
            if code not in people or "code_verifier" not in sent:
                self.say({"error": "invalid_grant"}, 400)
                return
            now = int(time.time())
            claims = {**people[code], "iss": issuer, "aud": client, "iat": now, "exp": now + 60}
            signed = jwt.encode(claims, KEY, algorithm="RS256", headers={"kid": "one"})
            self.say({"access_token": code, "token_type": "Bearer", "id_token": signed})

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
