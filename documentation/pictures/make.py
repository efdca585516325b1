#!/usr/bin/env python3
"""Makes `verdict.png` beside this file from a run's page.

Run the lab in full with Nexus serving, then give the address of the run:

    nexus run n-plus-one
    python documentation/pictures/make.py http://127.0.0.1:8000/runs/ID/
"""

import base64
import shutil
import struct
import sys
import zlib
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURE = Path(__file__).with_name("verdict.png")
WIDTH = 1180

# Gives the picture's width, its colours and, for each pixel, the number of its colour. The page
# has few colours; the steps between them, at the edges of letters, are rounded to sixteen levels.
PIXELS = """async source => {
  const image = new Image();
  image.src = source;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
  canvas.drawImage(image, 0, 0);
  const { data } = canvas.getImageData(0, 0, image.width, image.height);
  const counts = new Map(), keys = [];
  for (let i = 0; i < data.length; i += 4) {
    const key = (data[i] >> 4) * 256 + (data[i + 1] >> 4) * 16 + (data[i + 2] >> 4);
    const found = counts.get(key) ?? { n: 0, sum: [0, 0, 0] };
    found.n += 1;
    for (const c of [0, 1, 2]) found.sum[c] += data[i + c];
    counts.set(key, found);
    keys.push(key);
  }
  const order = [...counts.keys()];
  const number = new Map(order.map((key, index) => [key, index]));
  const colours = order.flatMap(k => counts.get(k).sum.map(s => Math.round(s / counts.get(k).n)));
  let pixels = "";
  for (const key of keys) pixels += String.fromCharCode(number.get(key));
  return { width: image.width, height: image.height, colours, pixels: btoa(pixels) };
}"""


def make(address: str) -> None:
    """Draw the verdict card of the run at `address`, in light colours and at twice its size."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--headless"])
        page = browser.new_page(
            viewport={"width": WIDTH, "height": 900},
            device_scale_factor=2,
            color_scheme="light",
        )
        page.goto(address)
        # What is folded cannot be opened in a picture.
        page.locator(".verdict-card details").evaluate_all("all => all.forEach(e => e.remove())")
        drawn = base64.b64encode(page.locator(".verdict-card").screenshot()).decode()
        found = page.evaluate(PIXELS, f"data:image/png;base64,{drawn}")
        browser.close()
    pixels = base64.b64decode(found["pixels"])
    PICTURE.write_bytes(indexed_png(found["width"], found["height"], found["colours"], pixels))


def indexed_png(width: int, height: int, colours: list[int], pixels: bytes) -> bytes:
    """Write a PNG with a palette of at most 256 colours: a third of the bytes of one without."""
    lines = (pixels[start : start + width] for start in range(0, width * height, width))
    parts = {
        b"IHDR": struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0),
        b"PLTE": bytes(colours),
        b"IDAT": zlib.compress(b"".join(b"\0" + line for line in lines), 9),
        b"IEND": b"",
    }
    chunks = (
        struct.pack(">I", len(part)) + kind + part + struct.pack(">I", zlib.crc32(kind + part))
        for kind, part in parts.items()
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


if __name__ == "__main__":
    make(*sys.argv[1:])
