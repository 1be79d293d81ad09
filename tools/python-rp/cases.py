"""V1 to V8, V11 and C1 of the seeds: what a relying party and its users see."""

from demo import code_for, demo_user, enrolled, error_of, parameters, party, person
from relying_party import Refused
from user import asked_by


def v1_v3_v4():
    """V1, V3, V4: the challenge is for the user of login_hint; the answer is an ID token alone, and it verifies"""
    shop = party()
    user, linked = enrolled(shop)
    user.seen.clear()
    at = user.visit(shop.request("openid 2fa", login_hint=user.username))
    assert user.seen == ["passcode"], user.seen
    tokens, claims = shop.finish(at.url)
    assert set(tokens) - {"expires_at"} == {"id_token", "token_type", "expires_in"}, sorted(tokens)
    assert claims["sub"] == linked["sub"] and claims["preferred_username"] == user.username
    assert claims["amr"] == ["kba"] and claims["acr"] == "aal1", claims


def v1_another():
    """V1: another user's images yield no code"""
    shop = party()
    (dana, _), (mallory, _) = enrolled(shop), enrolled(shop)
    at = mallory.browser.open(shop.request("openid 2fa", login_hint=dana.username))
    names = [f["name"] for form in at.page.forms for f in form.fields if f["name"].startswith("round-")]
    shown = {n: [f["value"] for form in at.page.forms for f in form.fields if f["name"] == n] for n in names}
    # the last of each grid: dana picked the first she saw, which stands elsewhere now
    picks = {n: next(v for v in reversed(values) if v != dana.picks[n]) for n, values in shown.items()}
    at = mallory.browser.submit(picks)
    assert not at.left and asked_by(at.page) == "passcode", at.url


def v2():
    """V2: an address that is not registered gets an error page, no redirect"""
    shop = party()
    user = person()
    url = shop.request("openid 2fa", login_hint=user.username)
    at = user.browser.open(url.replace("callback", "elsewhere"))
    assert not at.left and at.status == 400, (at.url, at.status)


def v5():
    """V5: every wrong token request is an OAuth error"""
    shop = party()
    user, _ = enrolled(shop)
    cases = {
        "no verifier": ({"code_verifier": None}, 400, "invalid_grant"),
        "another verifier": ({"code_verifier": "x" * 43}, 400, "invalid_grant"),
        "another redirect URI": ({"redirect_uri": shop.redirect_uri + "/x"}, 400, "invalid_grant"),
        "a wrong secret": ({"client_secret": "wrong"}, 401, "invalid_client"),
    }
    for name, (changed, status, error) in cases.items():
        code, verifier = code_for(shop, user)
        answer = shop.redeem(code, verifier, **changed)
        assert (answer.status_code, answer.json()["error"]) == (status, error), (name, answer.text)
    code, verifier = code_for(shop, user)
    assert shop.redeem(code, verifier).status_code == 200
    assert shop.redeem(code, verifier).json()["error"] == "invalid_grant"
    url = shop.request("openid 2fa", login_hint=user.username)
    plain = user.browser.open(url.replace("code_challenge_method=S256", "code_challenge_method=plain"))
    assert error_of(shop, plain) == "invalid_request"


def v6():
    """V6: without nonce there is no second factor"""
    shop = party()
    user = person()
    url = shop.request("openid 2fa", login_hint=user.username)
    nonce = parameters(url)["nonce"]
    assert error_of(shop, user.browser.open(url.replace(f"nonce={nonce}", "x=y"))) == "invalid_request"
    hint = user.browser.open(shop.request("openid 2fa"))
    assert error_of(shop, hint) == "invalid_request"


def v7():
    """V7: an unknown state and a replayed nonce are refused by the relying party"""
    shop = party()
    user, _ = enrolled(shop)
    at = user.visit(shop.request("openid 2fa", login_hint=user.username))
    for url in (at.url.replace("state=", "state=x"), None):
        try:
            shop.finish(at.url if url is None else url)
        except Refused:
            continue
        assert url is None
    try:
        shop.finish(at.url)
        raise AssertionError("the same answer was taken twice")
    except Refused:
        pass


def v11():
    """V11: nobody is linked whom the shop does not name by PAR"""
    shop = party(scopes=["openid", "2fa", "2fa_link"])
    user = person()
    at = user.browser.open(shop.request("openid 2fa 2fa_link", login_hint=user.username))
    assert error_of(shop, at) == "invalid_request"
    for hint in ({}, {"login_hint": " "}):
        try:
            shop.pushed("openid 2fa 2fa_link", **hint)
        except Refused as refused:
            assert str(refused) == "invalid_request", refused
            continue
        raise AssertionError(f"linked {hint}")


def v8():
    """V8: without 2fa there are an access token, an ID token, a refresh token and userinfo"""
    shop = party()
    user = person()
    at = user.visit(shop.request("openid profile offline_access", prompt="consent"))
    assert user.seen == ["password", "consent"], user.seen
    tokens, claims = shop.finish(at.url)
    assert {"access_token", "id_token", "refresh_token"} <= set(tokens), sorted(tokens)
    session = shop.session()
    session.token = tokens
    info = session.get(shop.metadata["userinfo_endpoint"], timeout=20).json()
    assert info["sub"] == claims["sub"] and info["name"] == "Py Thon", info
    fresh = session.refresh_token(shop.metadata["token_endpoint"], refresh_token=tokens["refresh_token"])
    assert fresh["access_token"] != tokens["access_token"]


def v8_dana():
    """V8: dana of run.json signs in with demo.password"""
    shop = party()
    _, claims = shop.finish(demo_user().visit(shop.request("openid")).url)
    assert claims["amr"] == ["pwd"], claims


def c1():
    """C1: at a client that asks for MFA a password alone yields no code, a code by e-mail does"""
    shop = party(mfa={"policy": "mfa"})
    user = person(email=True)
    at = user.visit(shop.request("openid"), up_to="way")
    assert not at.left and user.seen == ["password"], user.seen
    tokens, claims = shop.finish(user.visit(shop.request("openid")).url)
    assert user.seen[-3:] == ["way", "code", "consent"], user.seen
    # an e-mail is a second step, and no authenticator that AAL2 would count (NIST SP 800-63B-4 §3.1.3)
    assert claims["amr"] == ["pwd", "otp"] and claims["acr"] == "aal1", claims


CASES = [v1_v3_v4, v1_another, v2, v5, v6, v7, v8, v8_dana, v11, c1]
