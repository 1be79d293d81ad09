"""What schemathesis sends beside what it makes up: the credential a route asks for, and in half of the cases the id of
something that exists. FUZZ_DESK is the desk that hands them out; FUZZ_AS is `nobody`, `application`, `platform` or the
name of the service whose internal routes are tried. FUZZ_TALLY is a file that gets how often which status answered."""

import atexit
import collections
import json
import os
import zlib

import requests
import schemathesis

DESK = os.environ["FUZZ_DESK"]
AS = os.environ["FUZZ_AS"]
# routes that end the token they are shown
ENDING = ("/fido2/v2/auth/logout",)

desk = requests.Session()


def hand_out(what, of=""):
    answer = desk.get(f"{DESK}/{what}", params={"of": of}, timeout=30)
    if answer.status_code != 200:
        raise RuntimeError(f"the desk has no {what} {of}: {answer.text}")
    return answer.text


# one for each path, and one that fits none of them; kept until a step moves it on
sessions = {}


def credential_for(case):
    asked = [name for one in case.operation.definition.raw.get("security", []) for name in one]
    if not asked:
        return None
    if asked[0] == "apiKey":
        return hand_out("platformKey" if AS == "platform" else "apiKey")
    if asked[0] == "userToken":
        return hand_out("freshUserToken" if case.operation.path in ENDING else "userToken")
    if asked[0] == "session":
        path = case.operation.path if fingerprint(case) % 4 else ""
        if path not in sessions:
            sessions[path] = hand_out("session", path)
        return sessions[path]
    return hand_out(asked[0], AS)


def fingerprint(case):
    """The same number whenever the same case is tried again."""
    return zlib.crc32(repr((case.path_parameters, case.query, case.body)).encode())


@schemathesis.hook
def before_call(context, case, kwargs):
    if AS == "nobody":
        return
    credential = credential_for(case)
    if credential:
        case.headers["Authorization"] = credential
    if case.path_parameters and fingerprint(case) % 2 == 0:
        value = hand_out("thing", case.operation.path)
        if value:
            case.path_parameters[next(iter(case.path_parameters))] = value


@schemathesis.check
def refused_without_credential(ctx, response, case):
    guarded = case.operation.definition.raw.get("security", [])
    if AS == "nobody" and guarded and {} not in guarded and response.status_code < 400:
        raise AssertionError(f"answered {response.status_code} to somebody without a credential")


answers = collections.Counter()


@schemathesis.hook
def after_call(context, case, response):
    answers[f"{case.operation.label} {response.status_code}"] += 1
    used = case.headers.get("Authorization")
    if response.status_code in (200, 204, 401):
        for path in [path for path, session in sessions.items() if session == used]:
            del sessions[path]


@atexit.register
def write_tally():
    with open(os.environ["FUZZ_TALLY"], "w") as file:
        json.dump(answers, file)
