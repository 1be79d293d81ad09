"""The demo application of the system in RUN_FILE: its API, people and clients made by it, and their usual steps."""

import json
import os
import secrets
from urllib.parse import parse_qs, urlsplit

import requests
from browser import Browser
from relying_party import RelyingParty
from user import User

with open(os.environ["RUN_FILE"]) as file:
    RUN = json.load(file)
GATEWAY, DEMO = RUN["gateway"], RUN["demo"]
API = f"{GATEWAY}/apps/{DEMO['appId']}"


def manage(method, path, body):
    answer = requests.request(method, API + path, json=body, auth=(DEMO["apiKey"], ""), timeout=20)
    answer.raise_for_status()
    return answer.json() if answer.content else None


def person(email=False):
    """Somebody new, with a password; with an address where asked."""
    username, password = f"py-{secrets.token_hex(4)}", secrets.token_urlsafe(18)
    manage("POST", "/v1/directory/users", {"username": username, "password": password, "name": "Py Thon"})
    user = User(GATEWAY, Browser(GATEWAY), username, password)
    if email:
        user.email = f"{username}@mail.example"
        address = {"email": user.email, "requestVerification": False}
        manage("POST", f"/fido2/v2/profile/{username}/email", address)
    return user


def party(**settings):
    """The demo's client, or one of its own where it has to be different."""
    if not settings:
        client_id, secret = DEMO["clientId"], DEMO["clientSecret"]
    else:
        made = {"name": "Python", "kind": "confidential", "redirectUris": [DEMO["redirectUri"]], **settings}
        answer = manage("POST", "/v1/clients", made)
        client_id, secret = answer["client"]["clientId"], answer["clientSecret"]
    return RelyingParty(f"{GATEWAY}/oidc/{DEMO['appId']}", client_id, secret, DEMO["redirectUri"])


def parameters(url):
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def error_of(shop, at):
    """The error an answer holds. Where the browser was not sent back, that is what is wrong."""
    assert at.left and at.url.startswith(shop.redirect_uri), f"stayed: {at.status} {at.page.text[:200]}"
    return parameters(at.url).get("error")


def enrolled(shop):
    """A user with an image passcode, made on the shop's word (2fa_link)."""
    user = person()
    tokens, claims = shop.finish(user.visit(shop.pushed("openid 2fa 2fa_link", login_hint=user.username)).url)
    assert "id_token" in tokens and claims["sub"]
    return user, claims


def code_for(shop, user):
    """A fresh code and its verifier."""
    at = user.visit(shop.request("openid 2fa", login_hint=user.username))
    found = parameters(at.url)
    return found["code"], shop.pending.pop(found["state"])[1]


def demo_user():
    """dana of run.json."""
    return User(GATEWAY, Browser(GATEWAY), DEMO["username"], DEMO["password"])
