# Arguments: folder (member target bytes)... Copies members out of the one archive in the folder.
import os, sys, tarfile, zipfile
folder, rest = sys.argv[1], sys.argv[2:]
members = [(rest[i], rest[i + 1], int(rest[i + 2])) for i in range(0, len(rest), 3)]
archives = os.listdir(folder)
if len(archives) != 1:
    sys.exit("one archive was expected, not %d" % len(archives))
path = os.path.join(folder, archives[0])

def save(source, target, limit):
    with open(target, "wb") as out:
        left = limit + 1 if limit else 1 << 30
        while left > 0:
            block = source.read(min(left, 1 << 20))
            if not block:
                return
            out.write(block)
            left -= len(block)

try:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for member, target, limit in members:
                with archive.open(member) as source:
                    save(source, target, limit)
    else:
        left = {member: (target, limit) for member, target, limit in members}
        with tarfile.open(path, "r:*") as archive:
            for entry in archive:
                # All members of a source archive are below one folder, whose name has the version.
                name = entry.name.split("/", 1)[-1]
                if entry.isfile() and name in left:
                    target, limit = left.pop(name)
                    save(archive.extractfile(entry), target, limit)
                if not left:
                    break
        if left:
            raise KeyError("There is no item named %r in the archive" % sorted(left)[0])
except Exception as error:
    sys.exit("%s: %s" % (archives[0], error.args[0] if isinstance(error, KeyError) else error))
