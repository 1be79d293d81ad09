"""Somebody at a browser, who does what each page asks for."""

import re
import time

import requests


class User:
    def __init__(self, gateway, browser, username, password=None):
        self.gateway, self.browser = gateway, browser
        self.username, self.password = username, password
        self.email, self.used = None, set()
        self.picks = {}
        self.seen = []

    def visit(self, url, up_to=None):
        """Goes through all pages until the browser is sent away, or to one that asks for `up_to`."""
        at = self.browser.open(url)
        for _ in range(12):
            asked = None if at.left else asked_by(at.page)
            if at.left or asked is None or asked == up_to:
                return at
            self.seen.append(asked)
            at = self.answer(at.page, asked)
        raise AssertionError(f"no end of pages: {self.seen}")

    def answer(self, page, asked):
        browser = self.browser
        if asked == "passcode":
            return browser.submit(self.picks_for(page))
        if asked == "password":
            return browser.submit({"username": self.username, "password": self.password})
        if asked == "way":
            values = [b["value"] for form in page.forms for b in form.buttons]
            return browser.submit(button=next(value for value in values if value.startswith("otp:email")))
        if asked == "code":
            return browser.submit({"code": self.code()})
        if asked == "remember":
            return browser.submit(button="no")
        return browser.submit(button="Allow")

    def picks_for(self, page):
        """One image of each grid: the first when they are chosen, the same ever after."""
        fields = [f for form in page.forms for f in form.fields if re.fullmatch(r"round-\d+", f["name"])]
        for field in fields:
            self.picks.setdefault(field["name"], field["value"])
        return {field["name"]: self.picks[field["name"]] for field in fields}

    def code(self):
        """The code of the newest e-mail, off the virtual phone."""
        deadline = time.time() + 15
        while time.time() < deadline:
            answer = requests.get(f"{self.gateway}/phone/messages", params={"to": self.email}, timeout=10)
            fresh = [m for m in answer.json()["items"] if m.get("code") and m["id"] not in self.used]
            if fresh:
                self.used.add(fresh[0]["id"])
                return fresh[0]["code"]
            time.sleep(0.1)
        raise AssertionError(f"no code came to {self.email}")


def asked_by(page):
    for form in page.forms:
        names = form.names()
        if any(re.fullmatch(r"round-\d+", name) for name in names):
            return "passcode"
        if "password" in names:
            return "password"
        if any(button["name"] == "choose" for button in form.buttons):
            return "way"
        if "code" in names:
            return "code"
        if any(button["name"] == "remember" for button in form.buttons):
            return "remember"
        if any(button["text"] == "Allow" for button in form.buttons):
            return "consent"
    return None
