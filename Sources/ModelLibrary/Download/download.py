# Arguments: url target. Resumes at the end of the target if the server supports it.
import os, shutil, sys, urllib.request
url, target = sys.argv[1:]
have = os.path.getsize(target) if os.path.exists(target) else 0
request = urllib.request.Request(url, headers={"Range": "bytes=%d-" % have} if have else {})
try:
    with urllib.request.urlopen(request, timeout=60) as source:
        resumes = have and getattr(source, "status", None) == 206
        with open(target, "ab" if resumes else "wb") as out:
            shutil.copyfileobj(source, out, 1 << 20)
except Exception as error:
    sys.exit(str(error))
