"""A relying party on Authlib: discovery, PKCE, state, nonce, and an ID token verified by the issuer's JWKS."""

import secrets
import time
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet


class Refused(Exception):
    """The answer does not fit to the request, or is not what it says it is."""


class RelyingParty:
    def __init__(self, issuer, client_id, client_secret, redirect_uri, auth="client_secret_post"):
        found = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=20)
        found.raise_for_status()
        self.metadata = found.json()
        if self.metadata["issuer"] != issuer:
            raise Refused(f"discovery is of {self.metadata['issuer']}")
        self.issuer, self.client_id, self.client_secret = issuer, client_id, client_secret
        self.redirect_uri, self.auth = redirect_uri, auth
        # state -> what its answer must fit to; each is used once
        self.pending = {}

    def session(self, scope=None):
        return OAuth2Session(
            self.client_id,
            self.client_secret,
            scope=scope,
            redirect_uri=self.redirect_uri,
            token_endpoint_auth_method=self.auth,
            code_challenge_method="S256",
        )

    def request(self, scope, **params):
        """Where the browser is sent."""
        nonce, verifier = secrets.token_urlsafe(32), generate_token(64)
        url, state = self.session(scope).create_authorization_url(
            self.metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce, **params
        )
        self.pending[state] = (nonce, verifier)
        return url

    def pushed(self, scope, **params):
        """The same by PAR (RFC 9126): the browser is sent with a reference, and can name nobody else."""
        url = self.request(scope, **params)
        body = dict(parse_qsl(urlsplit(url).query)) | {"client_secret": self.client_secret}
        answer = requests.post(self.metadata["pushed_authorization_request_endpoint"], data=body, timeout=20)
        if answer.status_code != 201:
            raise Refused(answer.json().get("error", answer.status_code))
        reference = {"client_id": self.client_id, "request_uri": answer.json()["request_uri"]}
        return f"{self.metadata['authorization_endpoint']}?{urlencode(reference)}"

    def finish(self, url):
        """Takes the answer in the address the browser came back to; answers tokens and verified claims."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        if query.get("state") not in self.pending:
            raise Refused("state is unknown")
        nonce, verifier = self.pending.pop(query["state"])
        if query.get("iss") != self.issuer:
            raise Refused(f"the answer is of {query.get('iss')}")
        if "error" in query:
            raise Refused(query["error"])
        tokens = self.session().fetch_token(
            self.metadata["token_endpoint"], code=query["code"], code_verifier=verifier
        )
        return dict(tokens), self.verified(tokens["id_token"], nonce)

    def verified(self, token, nonce):
        keys = KeySet.import_key_set(requests.get(self.metadata["jwks_uri"], timeout=20).json())
        decoded = jwt.decode(token, keys, algorithms=["EdDSA", "Ed25519"])
        claims = decoded.claims
        rules = jwt.JWTClaimsRegistry(
            now=int(time.time()),
            leeway=5,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        rules.validate(claims)
        return claims

    def redeem(self, code, verifier, **changed):
        """A token request as it is written here, for what a library would not send."""
        body = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "code_verifier": verifier,
            **changed,
        }
        body = {name: value for name, value in body.items() if value is not None}
        return requests.post(self.metadata["token_endpoint"], data=body, timeout=20)
