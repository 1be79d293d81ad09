"""A browser without scripts: keeps cookies, follows redirects on the system's own origin, fills in forms."""

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests

MOST_REDIRECTS = 12


class Form:
    def __init__(self, attributes):
        self.action = attributes.get("action", "")
        self.fields = []
        self.buttons = []

    def names(self):
        return {field["name"] for field in self.fields}


class Page(HTMLParser):
    """The forms of a page, and what stands in it."""

    def __init__(self, html):
        super().__init__()
        self.forms = []
        self.words = []
        self._form = None
        self._button = None
        self.feed(html)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(attributes)
            self.forms.append(self._form)
        elif tag == "input" and self._form and attributes.get("name") and "disabled" not in attributes:
            kind = attributes.get("type", "text")
            self._form.fields.append(
                {
                    "name": attributes["name"],
                    "value": attributes.get("value", ""),
                    "sent": kind not in ("checkbox", "radio") or "checked" in attributes,
                }
            )
        elif tag == "button" and self._form:
            self._button = {"name": attributes.get("name", ""), "value": attributes.get("value", ""), "text": ""}
            self._form.buttons.append(self._button)

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None
        elif tag == "button":
            self._button = None

    def handle_data(self, data):
        self.words.append(data)
        if self._button is not None:
            self._button["text"] = (self._button["text"] + data).strip()


class Arrival:
    """Where the browser has come to: a page of the system, or the address it was sent away to."""

    def __init__(self, url, left, status=0, html=""):
        self.url, self.left, self.status = url, left, status
        self.page = Page(html)


class Browser:
    def __init__(self, gateway):
        self.origin = gateway.rstrip("/")
        self.session = requests.Session()
        self.at = None

    def open(self, url):
        return self._go("GET", url, None, "none")

    def submit(self, values=None, button=None):
        """Sends the form that has these fields and that button, with what it holds and `values` over it."""
        values = values or {}
        for form in self.at.page.forms:
            pressed = [one for one in form.buttons if button in (one["value"], one["text"])]
            if set(values) <= form.names() and (button is None or pressed):
                break
        else:
            raise AssertionError(f"no form for {sorted(values)} on {self.at.url}: {self.at.page.text[:300]}")
        data = [(f["name"], f["value"]) for f in form.fields if f["sent"] and f["name"] not in values]
        data += list(values.items())
        if pressed and pressed[0]["name"]:
            data.append((pressed[0]["name"], pressed[0]["value"]))
        return self._go("POST", urljoin(self.at.url, form.action), data, "same-origin")

    def _go(self, method, url, data, site):
        for _ in range(MOST_REDIRECTS):
            if not url.startswith(self.origin + "/") or urlsplit(url).path.startswith("/demo/"):
                self.at = Arrival(url, True)
                return self.at
            headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate"}
            if method == "POST":
                headers["Origin"] = self.origin
            answer = self.session.request(
                method, url, data=data, headers=headers, allow_redirects=False, timeout=20
            )
            if answer.status_code not in (301, 302, 303, 307, 308):
                self.at = Arrival(url, False, answer.status_code, answer.text)
                return self.at
            url = urljoin(url, answer.headers["Location"])
            if answer.status_code not in (307, 308):
                method, data = "GET", None
        raise AssertionError(f"too many redirects, the last to {url}")
