# Arguments: wheel target prefix... Copies the members with one of the prefixes, and all licences, into one flat folder.
import os, shutil, sys, zipfile
wheel, target, prefixes = sys.argv[1], sys.argv[2], tuple(sys.argv[3:])
try:
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.namelist():
            name = os.path.basename(member)
            is_licence = "licenses/" in member or "LICENSE" in name or "ThirdPartyNotices" in name
            if name and (member.startswith(prefixes) or is_licence):
                with archive.open(member) as source, open(os.path.join(target, name), "wb") as out:
                    shutil.copyfileobj(source, out, 1 << 20)
except Exception as error:
    sys.exit(str(error))
