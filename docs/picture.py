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
import subprocess
import tempfile
import time

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


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--at", type=float, default=33.0, help="seconds of the story")
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
        picture = base64.b64decode(browser.call("Page.captureScreenshot", format="png")["data"])
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
