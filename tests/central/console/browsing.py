"""A real Chromium, and people who look at the console with it."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest
from fastapi.routing import APIRoute
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, ViewportSize, sync_playwright

from central.app import ROUTERS
from tests.central.helpers import Running
from tests.central.staff_helpers import session_of

CHROMIUM: Final = Path("/usr/bin/chromium")
_ARGUMENTS: Final = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
)  # fmt: skip
DESKTOP: Final = ViewportSize(width=1280, height=800)
PHONE: Final = ViewportSize(width=390, height=844)
KEEP: Final = "CONSOLE_SCREENSHOTS"
"""Environment: the folder for a picture of every page; without it none are taken."""
_TOLD: Final = """
window.addEventListener("securitypolicyviolation",
  (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
"""


@contextmanager
def chromium() -> Generator[Browser]:
    """Skips the test where there is none."""
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Visitor:
    """One window. What goes wrong in it is collected."""

    url: str
    context: BrowserContext
    page: Page
    pictures: Path | None
    troubles: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.troubles.append(f"script: {error}"))
        self.page.on("request", self._on_request)
        self.page.add_init_script(_TOLD)

    def go(self, path: str) -> int:
        """The answer's status."""
        answer = self.page.goto(self.url + path)
        assert answer is not None
        return answer.status

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    def picture(self, name: str) -> None:
        if self.pictures:
            self.page.screenshot(path=self.pictures / f"{name}.png", full_page=True)

    def sideways(self) -> int:
        """By how many pixels the page is wider than the window."""
        return self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")

    def links(self) -> list[str]:
        """Paths with their queries, of all links that lead to a page of this centre."""
        found: list[str] = self.page.eval_on_selector_all("a[href^='/']", "all => all.map(a => a.getAttribute('href'))")
        return [link for link in dict.fromkeys(found) if not Path(urlsplit(link).path).suffix]  # .csv is a download

    def sign_in(self, name: str, password: str, code: str) -> None:
        self.page.fill("#name", name)
        self.page.fill("#password", password)
        self.page.fill("#code", code)
        self.page.click("button.primary")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.troubles.append(f"{self.path}: {message.text}")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:")):
            self.troubles.append(f"another host: {request.url}")


@dataclass
class House:
    running: Running
    browser: Browser
    pictures: Path | None

    @property
    def served(self) -> frozenset[str]:
        """The paths there are."""
        return frozenset(getattr(route, "path", "") for router in ROUTERS for route in router.routes)

    @staticmethod
    def kind(path: str) -> str:
        """Of a page: the path of its route, with the names of its parameters."""
        routes = (route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute))
        return next(
            (route.path for route in routes if "GET" in (route.methods or ()) and route.path_regex.match(path)), path
        )

    @contextmanager
    def visitor(self, account: str = "", size: ViewportSize = DESKTOP, *, scripts: bool = True) -> Generator[Visitor]:
        """Of ``account``, who is signed in already."""
        context = self.browser.new_context(viewport=size, locale="zh-CN", java_script_enabled=scripts)
        context.set_default_timeout(10_000)
        if account:
            token, _ = session_of(self.running.centre, account)
            context.add_cookies([{"name": "staff", "value": token, "url": self.running.url}])
        try:
            yield Visitor(self.running.url, context, context.new_page(), self.pictures)
        finally:
            context.close()


def pictures() -> Path | None:
    """Where they are wanted, if they are."""
    if KEEP not in os.environ:
        return None
    folder = Path(os.environ[KEEP])
    folder.mkdir(parents=True, exist_ok=True)
    return folder
