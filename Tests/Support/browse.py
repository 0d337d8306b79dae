"""Opens a page in headless Chromium, takes steps in it, and prints what they return and what the browser complained of.

    browse.py PAGE < steps.json

The steps are a list of objects, one for each step: {"eval": expression} (a promise is awaited), {"wait": expression}
(until it is true), {"click": selector}, {"key": name}, {"type": text} and {"shot": file.png}. The first may be {"open":
{"width", "height", "dark", "script"}}. Printed is {"results": [...], "errors": [...], "requests": [...]}: the errors of
the console and of scripts, and the addresses that were loaded. Only Python's own library is needed: the browser is
driven by its DevTools protocol over two pipes.
"""

import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

KEYS = {"Enter": 13, "Escape": 27, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "PageUp": 33,
        "PageDown": 34, "End": 35, "Home": 36, "Tab": 9, "/": 191}


class Browser:
    def __init__(self, folder, width, height):
        to_browser, self.to = os.pipe()
        self.of, from_browser = os.pipe()
        # The browser reads descriptor 3 and writes descriptor 4.
        arguments = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     "--no-first-run", "--hide-scrollbars", "--allow-file-access-from-files=false",
                     f"--window-size={width},{height}", f"--user-data-dir={folder}", "--remote-debugging-pipe",
                     "about:blank"]
        shell = ["bash", "-c", f'exec 3<&{to_browser} 4>&{from_browser}; exec "$@"', "bash"]
        self.process = subprocess.Popen(shell + arguments, pass_fds=(to_browser, from_browser),
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.buffer, self.number, self.session = b"", 0, None
        self.errors, self.requests = [], []

    def message(self):
        while b"\0" not in self.buffer:
            part = os.read(self.of, 1 << 20)
            if not part:
                raise SystemExit("the browser ended")
            self.buffer += part
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **parameters):
        self.number += 1
        call = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            call["sessionId"] = self.session
        data = json.dumps(call).encode() + b"\0"
        while data:
            data = data[os.write(self.to, data):]
        while True:
            message = self.message()
            self.note(message)
            if message.get("id") == self.number:
                if "error" in message:
                    raise SystemExit(f"{method}: {message['error']['message']}")
                return message["result"]

    def note(self, message):
        method, parameters = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            self.errors.append(parameters["entry"]["text"] + " " + parameters["entry"].get("url", ""))
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
            self.errors.append(" ".join(str(part.get("value")) for part in parameters["args"]))
        elif method == "Network.requestWillBeSent" and not parameters["request"]["url"].startswith("data:"):
            self.requests.append(parameters["request"]["url"])
        elif method == "Page.javascriptDialogOpening":
            self.errors.append("a dialog: " + parameters["message"])

    def evaluate(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True,
                           userGesture=True)
        if "exceptionDetails" in answer:
            raise SystemExit(f"{expression}: {answer['exceptionDetails'].get('exception', {}).get('description')}")
        return answer["result"].get("value")

    def wait(self, expression):
        end = time.monotonic() + 60
        while not (value := self.evaluate(expression)):
            if time.monotonic() > end:
                raise SystemExit(f"never true: {expression}; focus on"
                                 f" {self.evaluate('document.activeElement.outerHTML.slice(0, 200)')}")
            time.sleep(0.05)
        return value

    def key(self, name):
        text = {"Enter": "\r"}.get(name, name if len(name) == 1 else None)
        press = {"key": name, "code": name, "windowsVirtualKeyCode": KEYS.get(name, ord(name[0]))}
        self.call("Input.dispatchKeyEvent", type="keyDown", **press, **({"text": text} if text else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **press)

    def click(self, selector):
        # The place holds once two frames agree on it and nothing lies over it.
        place = self.wait(f"""(async e => {{
            if (!e) return null;
            e.scrollIntoView({{block: 'center'}});
            const frame = () => new Promise(requestAnimationFrame);
            const center = () => {{
                const r = e.getBoundingClientRect();
                return [r.x + r.width / 2, r.y + r.height / 2];
            }};
            await frame();
            const place = center();
            await frame();
            const hit = document.elementFromPoint(...place);
            return center().join() === place.join() && hit && (e.contains(hit) || hit.closest('label')?.contains(e)) ? place : null;
        }})(document.querySelector({json.dumps(selector)}))""")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1)


def main():
    steps = json.load(sys.stdin)
    options = {"width": 1280, "height": 900, "dark": False, "script": True}
    if steps and "open" in steps[0]:
        options.update(steps.pop(0)["open"])
    page = sys.argv[1]
    if "://" not in page:
        page = pathlib.Path(page).absolute().as_uri()
    results = []
    with tempfile.TemporaryDirectory() as folder:
        browser = Browser(folder, options["width"], options["height"])
        try:
            target = browser.call("Target.createTarget", url="about:blank")["targetId"]
            browser.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            for domain in ("Page", "Runtime", "Log", "Network"):
                browser.call(f"{domain}.enable")
            browser.call("Emulation.setDeviceMetricsOverride", width=options["width"], height=options["height"],
                         deviceScaleFactor=1, mobile=options["width"] < 600)
            browser.call("Emulation.setEmulatedMedia",
                         features=[{"name": "prefers-color-scheme", "value": "dark" if options["dark"] else "light"}])
            if not options["script"]:
                browser.call("Emulation.setScriptExecutionDisabled", value=True)
            browser.call("Page.navigate", url=page)
            browser.wait("document.readyState === 'complete' && location.href !== 'about:blank'")
            for step in steps:
                (kind, value), = step.items()
                if kind == "eval":
                    results.append(browser.evaluate(value))
                elif kind == "wait":
                    browser.wait(value)
                elif kind == "click":
                    browser.click(value)
                elif kind == "key":
                    browser.key(value)
                elif kind == "type":
                    browser.call("Input.insertText", text=value)
                elif kind == "shot":
                    shot = browser.call("Page.captureScreenshot", format="png")["data"]
                    pathlib.Path(value).write_bytes(base64.b64decode(shot))
                else:
                    raise SystemExit(f"no such step: {kind}")
            # What is under way may still complain.
            time.sleep(0.2)
            browser.evaluate("0")
        finally:
            browser.process.kill()
            browser.process.wait()
            time.sleep(0.1)
    json.dump({"results": results, "errors": browser.errors, "requests": browser.requests}, sys.stdout)


if __name__ == "__main__":
    main()
