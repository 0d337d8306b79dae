# Arguments: url target. Resumes at the end of the target if the server supports it.
import os, shutil, sys, urllib.request
url, target = sys.argv[1:]


class Redirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, request, body, code, message, headers, location):
        if not location.startswith("https://"):
            sys.exit("redirected to %s: https is required" % location)
        return super().redirect_request(request, body, code, message, headers, location)


have = os.path.getsize(target) if os.path.exists(target) else 0
request = urllib.request.Request(url, headers={"Range": "bytes=%d-" % have} if have else {})
try:
    with urllib.request.build_opener(Redirects).open(request, timeout=60) as source:
        resumes = have and getattr(source, "status", None) == 206
        with open(target, "ab" if resumes else "wb") as out:
            shutil.copyfileobj(source, out, 1 << 20)
except Exception as error:
    sys.exit(str(error))
