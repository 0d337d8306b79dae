# Arguments: name==version folder. Downloads the source archive of a package into the folder, from the index that pip is
# configured for, with pip's proxy, certificates and credentials. `pip download` would run the archive's setup script;
# nothing of the archive is run here.
import hashlib, os, sys
(name, version), folder = sys.argv[1].split("=="), sys.argv[2]
LIMIT = 1 << 30

try:
    from pip._internal.commands import create_command
except ImportError:
    sys.exit("No module named pip")
try:
    command = create_command("download")
    options, _ = command.parse_args(
        ["--quiet", "--no-input", "--no-binary", ":all:", "--disable-pip-version-check", "--retries", "2",
         "--timeout", "20"])
    with command.main_context():
        session = command.get_default_session(options)
        # Neither the index nor a redirect may be plain http.
        for prefix in [prefix for prefix in session.adapters if prefix.startswith("http://")]:
            del session.adapters[prefix]
        finder = command._build_package_finder(options=options, session=session)
        links = [c.link for c in finder.find_all_candidates(name) if str(c.version) == version and not c.link.is_wheel]
        if not links:
            sys.exit("ERROR: No source archive found for %s" % sys.argv[1])
        link = links[0]
        local = link.scheme == "file"
        if not local and link.scheme != "https":
            sys.exit("ERROR: %s: https is required" % link.url_without_fragment)
        if not local and link.hash_name != "sha256":
            sys.exit("ERROR: the index gives no SHA-256 of %s" % link.filename)
        digest, size = hashlib.sha256(), 0
        response = session.get(link.url_without_fragment, stream=True, headers={"Accept-Encoding": "identity"})
        response.raise_for_status()
        with open(os.path.join(folder, os.path.basename(link.filename)), "wb") as out:
            while True:
                block = response.raw.read(1 << 20)
                if not block:
                    break
                digest.update(block)
                size += len(block)
                if size > LIMIT:
                    sys.exit("ERROR: %s is larger than %d bytes" % (link.filename, LIMIT))
                out.write(block)
        if link.hash_name == "sha256" and link.hash != digest.hexdigest():
            sys.exit("ERROR: %s has the SHA-256 %s, not that of the index" % (link.filename, digest.hexdigest()))
except Exception as error:
    sys.exit("ERROR: %s: %s" % (type(error).__name__, error))
