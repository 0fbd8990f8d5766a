"""Makes the pictures in docs/images from the pages on the live index: `make screenshots`.

They look best where the font Inter is installed (Debian: fonts-inter).
"""

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from api.app import create_app
from api.settings import Settings
from tests.browser.conftest import CHROMIUM, serving_app

IMAGES = Path(__file__).parents[1] / "docs" / "images"
ASKED = "NCT06853522"
COLOURS = 96
"""Of a picture: pages have few, and so it stays small."""
PICTURES: dict[str, tuple[str, str | None, tuple[int, int], str]] = {
    "related": (f"/trials/{ASKED}", "#related", (1200, 800), "light"),
    "search": ("/?q=stem+cells+for+crohn%27s+disease", None, (1200, 800), "light"),
    "compare": (f"/compare/{ASKED}/NCT02442037", None, (1200, 800), "dark"),
    "phone": (f"/trials/{ASKED}", None, (390, 800), "light"),
    "widget": (f"/widget?nct_id={ASKED}&limit=3", None, (1200, 1500), "light"),
}
"""Name -> address, what is scrolled to, size in pixels, colour scheme."""


def main() -> None:
    """Take every picture anew."""
    IMAGES.mkdir(exist_ok=True)
    with serving_app(create_app(None, Settings())) as host, sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name, (path, place, (width, height), scheme) in PICTURES.items():
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            page = context.new_page()
            page.goto(host + path, timeout=120_000)
            _picture(page, place).save(IMAGES / f"{name}.png", optimize=True)
            context.close()
        browser.close()


def _picture(page: Page, place: str | None) -> Image.Image:
    if place:
        page.locator(place).evaluate("element => element.scrollIntoView()")
    for frame in page.frames[1:]:
        frame.locator("related-trials").scroll_into_view_if_needed()
        frame.locator("related-trials [part=list]").wait_for()
        page.evaluate("scrollTo(0, 0)")
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(COLOURS)


if __name__ == "__main__":
    main()
