#!/usr/bin/env python3
"""Makes docs/desk.png, the README's picture of the desk: starts one, lets its story come to a moment, and photographs the page.

    cargo build --release --bin consent-sim
    docs/picture.py [--at SECONDS] [--size 1440x900] [--out docs/desk.png] [--program target/release/consent-sim]

Needs Chromium (`chromium`, or what CHROMIUM names) and nothing else: the browser is told over a pipe, in its own protocol.
"""

import argparse
import base64
import json
import os
import pathlib
import select
import shutil
import struct
import subprocess
import tempfile
import time
import zlib
from collections import Counter

ROOT = pathlib.Path(__file__).resolve().parent.parent
BYTES_MAX = 300_000


class Browser:
    """One page of a headless Chromium, spoken to over file descriptors 3 and 4."""

    def __init__(self, width, height):
        self.profile = tempfile.mkdtemp(prefix="desk-picture-")
        theirs_in, self.to = os.pipe()
        self.frm, theirs_out = os.pipe()

        def hand_over():
            into, out = os.dup(theirs_in), os.dup(theirs_out)
            os.dup2(into, 3)
            os.dup2(out, 4)

        program = os.environ.get("CHROMIUM", "chromium")
        flags = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars"]
        flags += ["--remote-debugging-pipe", f"--user-data-dir={self.profile}", "about:blank"]
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen([program, *flags], preexec_fn=hand_over, close_fds=False, stdout=quiet, stderr=quiet)
        os.close(theirs_in)
        os.close(theirs_out)
        self.rest, self.last, self.session = b"", 0, None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])

    def call(self, method, **params):
        self.last += 1
        message = {"id": self.last, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.last:
                if "error" in answer:
                    raise SystemExit(f"{method}: {answer['error']}")
                return answer["result"]

    def read(self):
        while b"\0" not in self.rest:
            if not select.select([self.frm], [], [], 60)[0]:
                raise SystemExit("Chromium does not answer")
            self.rest += os.read(self.frm, 1 << 20)
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def close(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)


def pixels(png):
    """Width, height, and the pixels of an 8-bit PNG without interlacing, as colours."""
    at, data, header = 8, b"", None
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        header = body if kind == b"IHDR" else header
        data += body if kind == b"IDAT" else b""
        at += length + 12
    width, height, depth, colour = struct.unpack(">IIBB", header[:10])
    step = {2: 3, 6: 4}[colour]
    assert depth == 8
    raw, line, before, out = zlib.decompress(data), width * step, bytearray(width * step), []
    for y in range(height):
        kind, row = raw[y * (line + 1)], bytearray(raw[y * (line + 1) + 1 : (y + 1) * (line + 1)])
        for x in range(line if kind else 0):
            left = row[x - step] if x >= step else 0
            up, corner = before[x], before[x - step] if x >= step else 0
            guess = left + up - corner
            nearest = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]
            row[x] = (row[x] + (left, up, (left + up) // 2, nearest)[kind - 1]) & 255
        out += [bytes(row[x : x + 3]) for x in range(0, line, step)]
        before = row
    return width, height, out


def with_palette(png):
    """The same picture with its 256 most frequent colours; the others become the nearest of them. A third of the size."""
    width, height, colours = pixels(png)
    palette = [colour for colour, _ in Counter(colours).most_common(256)]
    index = {colour: at for at, colour in enumerate(palette)}

    def nearest(colour):
        if colour not in index:
            index[colour] = min(range(len(palette)), key=lambda at: sum((one - other) ** 2 for one, other in zip(palette[at], colour)))
        return index[colour]

    rows = b"".join(b"\0" + bytes(map(nearest, colours[y * width : (y + 1) * width])) for y in range(height))
    chunk = lambda kind, body: struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = [(b"IHDR", header), (b"PLTE", b"".join(palette)), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")]
    return png[:8] + b"".join(chunk(kind, body) for kind, body in parts)


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--at", type=float, default=57.8, help="seconds of the story")
    options.add_argument("--size", default="1440x900")
    options.add_argument("--out", type=pathlib.Path, default=ROOT / "docs" / "desk.png")
    options.add_argument("--program", type=pathlib.Path, default=ROOT / "target" / "release" / "consent-sim")
    options = options.parse_args()
    width, height = map(int, options.size.split("x"))
    desk = subprocess.Popen([options.program, "--desk", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    browser = Browser(width, height)
    try:
        address = desk.stdout.readline().split()[-1]
        browser.call("Page.navigate", url=address)
        told = "fetch('/state').then((answer) => answer.json()).then((state) => state.story ? state.story.at_s : 1e9)"
        while browser.call("Runtime.evaluate", expression=told, awaitPromise=True, returnByValue=True)["result"].get("value", 0) < options.at:
            time.sleep(0.3)
        picture = with_palette(base64.b64decode(browser.call("Page.captureScreenshot", format="png")["data"]))
    finally:
        browser.close()
        desk.kill()
        desk.wait()
    if len(picture) > BYTES_MAX:
        raise SystemExit(f"the picture has {len(picture)} bytes, at most {BYTES_MAX} are meant for a README")
    options.out.write_bytes(picture)
    print(f"{options.out}: {len(picture)} bytes")


if __name__ == "__main__":
    main()
