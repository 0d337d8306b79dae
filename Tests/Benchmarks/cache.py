#!/usr/bin/env python3
"""Speed and robustness of the cache, `imgrec similar`, and secrecy of passwords.

  speed    copies of the demo's photos that differ in a comment: cold, warm, after mv, after touch, and large photos
           after touch; images/s from process start, and bytes read
  store    two processes on one cache; caches that are damaged, locked, of a newer version, on a full disk; kill -9 at
           random moments, then --resume: the same records each time
  redis    a Redis that is killed, blocked, or out of memory during a scan
  similar  `imgrec similar` compared with all pairs of hashes computed by NumPy: time, memory, and equality of groups
  secrets  whether a password appears in a log, a record or a process title
  all      all of these

Needs redis-server, NumPy and Pillow (make venv). The full disk is a tmpfs and needs root.
"""
import argparse
import glob
import hashlib
import io
import json
import os
import random
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
from queues import MODEL, ROOT, Redis, Server  # noqa: E402

failures = []


def check(what, good):
    """Prints one line per claim; the exit status is 0 if all of them held."""
    print(f"  {'ok ' if good else 'NOT'} {what}", flush=True)
    if not good:
        failures.append(what)


def row(**fields):
    print("  " + json.dumps(fields), flush=True)


# Photos

def sources(run):
    """Returns the demo's photos as JPEGs of about 34 kB."""
    from PIL import Image
    found = []
    for path in sorted(glob.glob(os.path.join(run.photos, "demo", "*"))):
        with Image.open(path) as opened:
            picture = opened.convert("RGB")
        side, data = 640, b""
        while not data or len(data) > 36_000:
            small = picture.copy()
            small.thumbnail((side, side))
            out = io.BytesIO()
            small.save(out, "JPEG", quality=85)
            data, side = out.getvalue(), int(side * 0.94)
        found.append(data)
    return found or sys.exit(f"no photos in {run.photos}/demo: make photos")


def copies(folder, photos, count):
    """Writes `count` copies into folders of 1000, each with a different comment segment."""
    for n in range(count):
        source, text = photos[n % len(photos)], b"%09d" % n
        if n % 1000 == 0:
            os.makedirs(os.path.join(folder, f"{n // 1000:03}"))
        with open(os.path.join(folder, f"{n // 1000:03}", f"{n}.jpg"), "wb") as file:
            file.write(source[:2] + b"\xff\xfe\x00" + bytes([len(text) + 2]) + text + source[2:])


def settle():
    """Waits until files that were just written are trusted: as in git's index, recent changes are not."""
    time.sleep(2.2)


def touch(folder):
    for parent, _, names in os.walk(folder):
        for name in names:
            os.utime(os.path.join(parent, name))


# Scans

def command(run, folder, *flags, out="out.jsonl"):
    return [run.imgrec, "scan", folder, "--model", MODEL, "-o", os.path.join(run.folder, out), "--summary",
            os.path.join(run.folder, out + ".summary"), *flags]


def scan(run, folder, *flags, out="out.jsonl"):
    start = time.perf_counter()
    done = subprocess.run(command(run, folder, *flags, out=out), stderr=subprocess.PIPE, text=True)
    seconds = time.perf_counter() - start
    with open(os.path.join(run.folder, out + ".summary")) as file:
        summary = json.load(file)
    warnings = [line for line in done.stderr.splitlines() if "warning" in line]
    return dict(summary, status=done.returncode, warnings=warnings, seconds=seconds)


def records(run, out="out.jsonl"):
    """Returns the records without the keys that may differ from run to run."""
    with open(os.path.join(run.folder, out), "rb") as file:
        lines = [json.loads(line) for line in file]
    for line in lines:
        line.pop("ms", None)
        line.pop("cache", None)
    return lines


def digest(lines):
    return hashlib.sha256(json.dumps(lines, sort_keys=True).encode()).hexdigest()


def speed(run):
    photos = os.path.join(run.folder, "photos")
    copies(photos, sources(run), run.count)
    settle()
    store = os.path.join(run.folder, "speed.sqlite")

    def measure(name, folder, before=lambda: None, rounds=run.rounds):
        seconds, last = [], None
        for _ in range(rounds):
            before()
            last = scan(run, folder, "--cache", "sqlite:" + store)
            seconds.append(last["seconds"])
        median = statistics.median(seconds)
        row(run=name, images=last["inputs"], seconds=[round(s, 3) for s in seconds],
            images_per_second=round(last["inputs"] / median), cached=last["cached"], bytes_read=last["bytes"],
            GB_per_second=round(last["bytes"] / median / 1e9, 3))
        return last, last["inputs"] / median, last["bytes"] / median / 1e9

    def remove_cache():
        for path in glob.glob(store + "*"):
            os.remove(path)

    def touch_and_settle():
        touch(photos)
        settle()

    measure("cold", photos, remove_cache, max(1, run.rounds // 2))
    cold = digest(records(run))
    warm, rate, _ = measure("warm", photos)
    check("warm: 20,000 images/s, no byte read", rate >= 20_000 and warm["bytes"] == 0)
    check("warm: the records of the cold run", digest(records(run)) == cold)
    moved = os.path.join(run.folder, "moved")
    os.rename(photos, moved)
    after, _, _ = measure("after mv of the folder", moved)
    check("mv: all found in the cache, no byte read", after["cached"] == run.count and after["bytes"] == 0)
    os.rename(moved, photos)
    after, _, gb = measure("after touch", photos, touch_and_settle)
    check("touch: all found in the cache, each read once",
          after["cached"] == run.count and after["bytes"] > 30_000 * run.count)
    check("touch: 0.8 GB/s", gb >= 0.8)
    shutil.rmtree(photos)
    remove_cache()

    from PIL import Image
    with Image.open(os.path.join(run.photos, "demo", "chelsea.png")) as opened:
        data, side = b"", 2400
        while len(data) < 3_000_000:
            out, side = io.BytesIO(), side + 400
            opened.convert("RGB").resize((side, side * 2 // 3)).save(out, "JPEG", quality=95)
            data = out.getvalue()
    copies(photos, [data], run.large)
    settle()
    measure(f"{len(data) / 1e6:.1f} MB a photo: cold", photos, remove_cache, 1)
    measure("the same after touch", photos, touch_and_settle)
    shutil.rmtree(photos)


def prepared(run):
    """Returns the folder of the photos, and the digest of the records of a run without a cache."""
    photos = os.path.join(run.folder, "photos")
    copies(photos, sources(run), run.few)
    settle()
    scan(run, photos, "--cache", "off")
    return photos, digest(records(run))


def store(run):
    photos, whole = prepared(run)
    path = os.path.join(run.folder, "shared.sqlite")

    print("two processes on one cache")
    both = [subprocess.Popen(command(run, photos, "-q", "--cache", "sqlite:" + path, out=name)) for name in ("a", "b")]
    check("both exit with status 0", [process.wait() for process in both] == [0, 0])
    check("both write the records of a run without a cache", all(digest(records(run, n)) == whole for n in ("a", "b")))
    sound = subprocess.run([run.imgrec, "cache", "verify", "--file", path], stdout=subprocess.DEVNULL)
    check("the cache is undamaged", sound.returncode == 0)
    check("the cache has all results", scan(run, photos, "--cache", "sqlite:" + path)["cached"] == run.few)

    def check_with(name, cache):
        summary = scan(run, photos, "--cache", "sqlite:" + cache)
        check(f"{name}: all records, {summary['cache_faults']} faults reported; {summary['warnings']}",
              summary["status"] == 0 and digest(records(run)) == whole and summary["cache_faults"] > 0
              and summary["warnings"])

    print("caches that cannot be used")
    bad = os.path.join(run.folder, "bad.sqlite")
    with open(bad, "wb") as file:
        file.write(b"no database" * 1000)
    check_with("not a database", bad)
    shutil.copy(path, bad)
    with open(bad, "r+b") as file:
        for offset in range(16384, os.path.getsize(bad), 8192):
            file.seek(offset)
            file.write(random.Random(offset).randbytes(4096))
    check_with("pages overwritten", bad)
    shutil.copy(path, bad)
    os.truncate(bad, os.path.getsize(bad) // 2)
    check_with("cut in half", bad)
    shutil.copy(path, bad)
    with sqlite3.connect(bad) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    check_with("of a newer version", bad)
    shutil.copy(path, bad)
    database = sqlite3.connect(bad, isolation_level=None)
    database.execute("DELETE FROM answer")
    database.execute("BEGIN IMMEDIATE")
    check_with("locked by another process", bad)
    database.close()
    if os.geteuid() == 0:
        disk = os.path.join(run.folder, "disk")
        os.makedirs(disk)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], check=True)
        try:
            check_with("full disk", os.path.join(disk, "s.sqlite"))
        finally:
            subprocess.run(["umount", disk], check=True)
    else:
        print("  skipped the full disk, which needs root")

    print(f"kill -9 at {run.kills} random moments, then --resume")
    rng, same, states = random.Random(run.seed), 0, []
    flags = ("--cache", "off", "--resume")
    for n in range(run.kills):
        for old in glob.glob(os.path.join(run.folder, "killed*")):
            os.remove(old)
        process = subprocess.Popen(command(run, photos, "-q", *flags, out="killed"))
        time.sleep(rng.uniform(0.02, run.few / 2500))
        process.kill()
        process.wait()
        try:
            with open(os.path.join(run.folder, "killed"), "rb") as file:
                states.append(file.read().count(b"\n"))
        except FileNotFoundError:
            states.append(0)
        scan(run, photos, *flags, out="killed")
        same += digest(records(run, "killed")) == whole
    print(f"  records written before the kill: {states}")
    check(f"{same} of {run.kills} resumed runs have the records of one run", same == run.kills)
    shutil.rmtree(photos)


def redis(run):
    photos, whole = prepared(run)

    def disturb(name, server, harm, query=""):
        os.environ["XDG_CACHE_HOME"] = os.path.join(run.folder, "cache-" + name.replace(" ", "-"))
        timer = threading.Timer(run.few / 12_000, harm)  # about a quarter of the scan
        timer.start()
        summary = scan(run, photos, "--cache", f"redis://127.0.0.1:{server.port}{query}")
        timer.join()
        again = scan(run, photos, "--cache", "auto")
        row(redis=name, records=summary["inputs"], cache_faults=summary["cache_faults"],
            seconds=round(summary["seconds"], 2), cached_in_front=again["cached"], warnings=summary["warnings"])
        check(f"{name}: all records written, the faults reported",
              summary["status"] == 0 and digest(records(run)) == whole and summary["cache_faults"] > 0
              and summary["warnings"])
        check(f"{name}: the embedded cache in front has all results", again["cached"] == run.few)

    server = Server(run.folder)
    disturb("killed", server, server.kill)
    server.start()
    disturb("killed and back", server, lambda: (server.kill(), time.sleep(1), server.start()))
    server.kill()
    server = Server(run.folder, "--enable-debug-command", "yes")

    def sleep():
        try:
            Redis(server.port)("DEBUG", "SLEEP", "2")
        except OSError:
            pass

    disturb("blocked for 2 s", server, sleep, "?timeout=0.3")
    server.kill()
    server = Server(run.folder, "--maxmemory", "10mb")
    link = Redis(server.port)
    # All but 400 kB is filled, so that memory runs out during the scan.
    while int(link.info("memory")["used_memory"]) < 10 * 1024 * 1024 - 400_000:
        link("RPUSH", "filler", b"x" * 50_000)
    disturb("out of memory (maxmemory 10mb)", server, lambda: None)
    check("Redis has the results that fitted", link("DBSIZE") > 1)
    server.kill()
    shutil.rmtree(photos)


def similar(run):
    import numpy

    def hashes(kind, pictures):
        if kind == "average":
            flat = pictures.reshape(len(pictures), -1).astype(numpy.int64)
            bits = flat > numpy.rint(flat.sum(1, keepdims=True) / 64)
        else:
            n = numpy.arange(32)
            dct = numpy.cos(numpy.pi * (2 * n[None] + 1) * n[:8, None] / 64) * 0.25
            dct[0] = 1 / numpy.sqrt(32)
            low = (dct @ pictures.astype(float) @ dct.T).reshape(len(pictures), 64).astype(numpy.float32)
            low[:, 0] = 0
            bits = low > (low.sum(1, dtype=float, keepdims=True) / 64).astype(numpy.float32)
        return numpy.packbits(bits, axis=1, bitorder="little").view(numpy.uint64)[:, 0]

    def all_pairs(words, distance):
        """Returns the groups as sets of numbers, and the number of pairs, by comparing all hashes with all."""
        parent = list(range(len(words)))

        def root(n):
            while parent[n] != n:
                parent[n] = parent[parent[n]]
                n = parent[n]
            return n

        pairs = 0
        for start in range(0, len(words), 500):
            part = words[start:start + 500]
            near = numpy.bitwise_count(part[:, None] ^ words[None, start:]) <= distance
            for a, b in zip(*numpy.nonzero(near)):
                if b > a:
                    pairs += 1
                    parent[root(start + int(a))] = root(start + int(b))
        groups = {}
        for n in range(len(words)):
            groups.setdefault(root(n), set()).add(n)
        return {frozenset(g) for g in groups.values() if len(g) > 1}, pairs

    for kind, side in (("average", 8), ("phash", 32)):
        rng = numpy.random.default_rng(run.seed)
        base = rng.integers(0, 256, (run.hashes * 7 // 10, side, side))
        # The others are noisy copies of these.
        near = base[rng.integers(0, len(base), run.hashes - len(base))]
        noise = rng.integers(-1, 2, near.shape) * rng.integers(1, 40, (len(near), 1, 1))
        pictures = numpy.concatenate([base, numpy.clip(near + noise, 0, 255)]).astype(numpy.uint8)
        folder = os.path.join(run.folder, kind)
        for n, picture in enumerate(pictures):
            if n % 1000 == 0:
                os.makedirs(os.path.join(folder, f"{n // 1000:03}"))
            with open(os.path.join(folder, f"{n // 1000:03}", f"{n}.pgm"), "wb") as file:
                file.write(b"P5 %d %d 255\n" % (side, side) + picture.tobytes())
        start = time.perf_counter()
        out = os.path.join(run.folder, "groups")
        with open(out, "wb") as file:
            process = subprocess.Popen([run.imgrec, "similar", folder, "--hash", kind, "-q"], stdout=file)
        # From /proc: the peak that wait4 reports includes the pages of this script before exec.
        peak = 0
        while process.poll() is None:
            with open(f"/proc/{process.pid}/status") as file:
                peak = max([peak] + [int(line.split()[1]) for line in file if line.startswith("VmHWM")])
            time.sleep(0.01)
        seconds = time.perf_counter() - start
        with open(out, "rb") as file:
            answers = [json.loads(line) for line in file]
        number = lambda image: int(os.path.basename(image["path"])[:-4])
        groups = {frozenset(number(i) for i in g["images"]) for g in answers}
        words = hashes(kind, pictures)
        start = time.perf_counter()
        expected, pairs = all_pairs(words, 4)
        row(hash=kind, images=len(pictures), seconds=round(seconds, 2), peak_MB=round(peak / 1024),
            groups=len(groups), images_in_groups=sum(map(len, groups)), pairs_within_4_bits=pairs,
            numpy_all_pairs_seconds=round(time.perf_counter() - start, 1))
        far = [(int(words[number(g["images"][0])]) ^ int(words[number(i)])).bit_count() == i["distance"]
               for g in answers for i in g["images"]]
        check(f"{kind}: the groups equal those of all pairs", process.returncode == 0 and groups == expected)
        check(f"{kind}: {len(far)} distances equal those of NumPy", all(far))
        shutil.rmtree(folder)


def secrets(run):
    """Passes passwords in the URL and in the environment, and watches every process from its start."""
    photos = os.path.join(run.folder, "photos")
    copies(photos, sources(run), run.few)
    server = Server(run.folder)
    link = Redis(server.port)
    link("CONFIG", "SET", "requirepass", "h1dden")
    link("ACL", "SETUSER", "ada", "on", ">s3cret", "~*", "&*", "+@all")
    at = f"127.0.0.1:{server.port}"
    by_url, by_environment = f"redis://ada:s3cret@{at}", f"redis://{at}"
    named = dict(os.environ, IMGREC_REDIS_USER="ada", IMGREC_REDIS_PASSWORD="s3cret")
    longest, texts = 0.0, []

    def watched(words, environment=None):
        """Runs imgrec and polls its title until it ends."""
        nonlocal longest
        log = os.path.join(run.folder, f"log-{len(texts)}")
        with open(log, "wb") as file:
            process = subprocess.Popen([run.imgrec, *words], stdout=file, stderr=file, env=environment)
        start, shown, title = time.perf_counter(), 0.0, b""
        while process.poll() is None:
            try:
                with open(f"/proc/{process.pid}/cmdline", "rb") as file:
                    title = file.read()
            except OSError:
                break
            if b"s3cret" in title:
                shown = time.perf_counter() - start
            time.sleep(0.0005)
        longest = max(longest, shown)
        with open(log, "rb") as file:
            texts.append((" ".join(words[:1]), file.read()))
        return process.wait()

    for url, environment in ((by_url, None), (by_environment, named)):
        out = os.path.join(run.folder, "secret.jsonl")
        scan_words = ["scan", photos, "--model", MODEL, "-v", "-o", out]
        assert watched([*scan_words, "--cache", url], environment) == 0
        assert watched(["submit", photos, "--model", MODEL, "--cache", "off", "--queue", url + "/q"], environment) == 0
        assert watched(["worker", "-v", "--queue", url + "/q", "--cache", url, "--until-empty"], environment) == 0
        assert watched(["queue", "status", "--queue", url + "/q"], environment) == 0
        assert watched(["collect", "--queue", url + "/q", "-o", out + "2"], environment) == 0
        for path in (out, out + "2"):
            with open(path, "rb") as file:
                texts.append(("records", file.read()))
    # Errors are reported without the password.
    assert watched(["worker", "-v", "--queue", f"redis://ada:wr0ngs3cret@{at}/q", "--until-empty"]) != 0
    assert watched(["scan", photos, "--model", MODEL, "-v", "--cache", f"redis://ada:s3cret@{at}:x/y/z"]) != 0
    server.kill()
    assert watched(["scan", photos, "--model", MODEL, "-v", "-o", out, "--cache", by_url]) == 0
    assert watched(["queue", "status", "--queue", by_url + "/q"]) != 0
    check(f"no password in {len(texts)} logs and record files",
          not any(secret in text for _, text in texts for secret in (b"s3cret", b"h1dden")))
    check(f"no password in a process title later than {longest * 1000:.0f} ms after the start (environment: never)",
          longest < 0.1)
    shutil.rmtree(photos)


def main():
    steps = {"speed": speed, "store": store, "redis": redis, "similar": similar, "secrets": secrets}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="+", choices=[*steps, "all"])
    parser.add_argument("--imgrec", default=os.path.join(ROOT, ".build", "release", "imgrec"))
    parser.add_argument("--photos", default=os.path.expanduser("~/.cache/imgrec-dev/photos"))
    parser.add_argument("--count", type=int, default=20_000, help="speed: number of photos")
    parser.add_argument("--large", type=int, default=200, help="speed: number of photos of 3 MB")
    parser.add_argument("--rounds", type=int, default=5, help="speed: number of runs, of which the median is reported")
    parser.add_argument("--few", type=int, default=4000, help="store, redis, secrets: number of photos")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--hashes", type=int, default=100_000, help="similar: number of images")
    parser.add_argument("--seed", type=int, default=1)
    run = parser.parse_args()
    run.imgrec = os.path.abspath(run.imgrec)
    run.folder = tempfile.mkdtemp(prefix="imgrec-cache-bench-")
    os.environ["XDG_CACHE_HOME"] = os.path.join(run.folder, "cache")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        for name, step in steps.items():
            if name in run.what or "all" in run.what:
                print(name, flush=True)
                step(run)
    finally:
        shutil.rmtree(run.folder, ignore_errors=True)
    sys.exit(f"{len(failures)} did not hold" if failures else 0)


if __name__ == "__main__":
    main()
