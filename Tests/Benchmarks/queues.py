#!/usr/bin/env python3
"""Cost and robustness of the queue.

  faults  items processed by workers that are killed (SIGKILL) repeatedly, a poison item, a Redis that is killed and
          restarted with its AOF, and a cluster that loses a master. Counts records, duplicates, lost items and dead
          letters.
  scale   bytes in Redis and commands per item, for the queue and for the cache, from INFO; processor time of Redis
          per item, and what follows from these for 10^6, 10^8 and 10^10 images.

Needs redis-server and imgrec; starts its own servers. Uses only the standard library.
"""
import argparse
import atexit
import json
import math
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
MODEL = os.path.join(ROOT, "Fixtures", "models", "classes.onnx")
PHOTO = os.path.join(ROOT, "Fixtures", "images", "photo.jpg")


class Redis:
    """A connection that speaks the part of RESP that is needed here."""

    def __init__(self, port):
        self.file = socket.create_connection(("127.0.0.1", port), timeout=10).makefile("rwb")

    def __call__(self, *words):
        words = [w if isinstance(w, bytes) else str(w).encode() for w in words]
        self.file.write(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words))
        self.file.flush()
        return self.reply()

    def reply(self):
        line = self.file.readline()
        if not line:
            raise ConnectionError
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise RuntimeError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self.file.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return None if rest == b"-1" else [self.reply() for _ in range(int(rest))]
        return rest

    def info(self, section):
        lines = self("INFO", section).decode().splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)


class Server:
    def __init__(self, folder, *arguments):
        self.port = free_port()
        self.folder = os.path.join(folder, f"redis-{self.port}")
        os.makedirs(self.folder)
        self.arguments = ["redis-server", "--port", str(self.port), "--dir", self.folder, "--bind", "127.0.0.1",
                          "--save", "", "--loglevel", "warning", *arguments]
        atexit.register(self.kill)
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                Redis(self.port)("PING")
                return
            except (OSError, RuntimeError):
                time.sleep(0.05)
        sys.exit("redis-server does not start")

    def kill(self):
        self.process.kill()
        self.process.wait()


def free_port():
    while True:
        port = random.randrange(20000, 32000)
        try:
            for number in (port, port + 10000):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", number))
            return port
        except OSError:
            pass


def cluster(folder):
    nodes = [Server(folder, "--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--appendonly", "yes",
                    "--repl-diskless-sync-delay", "0") for _ in range(6)]
    subprocess.run(["redis-cli", "--cluster", "create", *[f"127.0.0.1:{n.port}" for n in nodes],
                    "--cluster-replicas", "1", "--cluster-yes"], check=True, stdout=subprocess.DEVNULL)
    while True:
        roles = [Redis(n.port).info("replication") for n in nodes]
        states = [Redis(n.port)("CLUSTER", "INFO") for n in nodes]
        if all(b"cluster_state:ok" in s for s in states) and all(
                t.get("connected_slaves") == "1" or t.get("master_link_status") == "up" for t in roles):
            return nodes
        time.sleep(0.2)


def photos(folder, count):
    """Writes copies with different comments, so that each has a different digest."""
    with open(PHOTO, "rb") as file:
        source = file.read()
    os.makedirs(folder)
    paths = []
    for n in range(count):
        text = b"%09d" % n
        paths.append(os.path.join(folder, f"{n}.jpg"))
        with open(paths[-1], "wb") as file:
            file.write(source[:2] + b"\xff\xfe\x00" + bytes([len(text) + 2]) + text + source[2:])
    return paths


class Workers:
    """Keeps a number of workers running; those that are killed are replaced."""

    def __init__(self, run, url, count, lease):
        self.command = [run.imgrec, "worker", "--queue", url, "--cache", "off", "--lease", str(lease), "-q"]
        self.processes = [self.start() for _ in range(count)]
        self.kills = 0
        self.lock = threading.Lock()

    def start(self):
        return subprocess.Popen(self.command, stdout=subprocess.DEVNULL)

    def kill(self, index=None, pid=None):
        with self.lock:
            for n, process in enumerate(self.processes):
                if n == index or process.pid == pid:
                    process.kill()
                    process.wait()
                    self.processes[n] = self.start()
                    self.kills += 1

    def end(self):
        """Sends SIGTERM, on which the workers drain, and returns their exit statuses."""
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        return [process.wait() for process in self.processes]


def guard_poison(port, key, workers, path, over):
    """Kills each worker that leases the poison item, as an image would that crashes its decoder."""
    deaths, entry, connection = 0, None, None
    while not over.is_set():
        try:
            connection = connection or Redis(port)
            if entry is None:
                for number, fields in connection("XREVRANGE", key, "+", "-", "COUNT", 1000) or []:
                    if path.encode() in fields:
                        entry = number
            elif held := connection("XPENDING", key, "imgrec", entry, entry, 1):
                pid = int(held[0][1].decode().rsplit("-", 2)[1])
                # An item that is given up is not decoded any more.
                if held[0][2] < 500 and held[0][3] <= 5 and any(p.pid == pid for p in workers.processes):
                    workers.kill(pid=pid)
                    deaths += 1
                    print(f"  killed worker {pid} with the poison item (delivery {held[0][3]})")
        except (OSError, RuntimeError, ConnectionError):
            connection = None
        time.sleep(0.002)
    return deaths


def report(name, records, expected, workers, seconds):
    with open(records, "rb") as file:
        lines = [json.loads(line) for line in file]
    counts = Counter(line["path"] for line in lines)
    codes = Counter(line["error"]["code"] for line in lines if line["status"] == "error")
    result = {
        "phase": name, "items": len(expected), "records": len(lines),
        "twice": sum(1 for c in counts.values() if c > 1), "lost": len(set(expected) - set(counts)),
        "failures": dict(codes), "given_up": [l["path"] for l in lines if l.get("error", {}).get("code") == "gave_up"],
        "kills": workers.kills, "seconds": round(seconds, 1)}
    print(json.dumps(result))
    return result["records"] == result["items"] and not result["twice"] and not result["lost"]


def through(run, url, workers, paths, disturb):
    """Submits in rounds and disturbs each, while a collector writes; returns the collector's file and the seconds."""
    out = os.path.join(run.folder, f"out-{time.time_ns()}.jsonl")
    start = time.time()
    submit = subprocess.Popen([run.imgrec, "submit", "-", "--model", MODEL, "--queue", url, "-q"],
                              stdin=subprocess.PIPE)
    time.sleep(1)
    collect = subprocess.Popen([run.imgrec, "collect", "--queue", url, "-o", out, "-q"])
    rounds = max(1, round(run.seconds / run.every))
    share = math.ceil(len(paths) / rounds)
    for n in range(rounds):
        submit.stdin.write("".join(p + "\n" for p in paths[n * share:(n + 1) * share]).encode())
        submit.stdin.flush()
        disturb(n, rounds)
    submit.stdin.close()
    if submit.wait() != 0:
        sys.exit("submit failed")
    collect.wait()
    return out, time.time() - start


def faults(run):
    paths = photos(os.path.join(run.folder, "photos"), run.items)
    rng = random.Random(run.seed)
    good = True

    def kill_one(workers):
        wait = rng.uniform(0, min(run.every, 0.6))
        time.sleep(wait)
        workers.kill(index=rng.randrange(run.workers))
        time.sleep(run.every - wait)

    # The poison item takes long enough to decode for its worker to be killed: zeros, in a sparse file.
    poison = os.path.join(run.folder, "poison.ppm")
    with open(poison, "wb") as file:
        file.write(b"P6\n6900 7200\n255\n")
        file.truncate(17 + 6900 * 7200 * 3)

    server = Server(run.folder, "--appendonly", "yes")
    url = f"redis://127.0.0.1:{server.port}/killed"
    workers, over = Workers(run, url, run.workers, run.lease), threading.Event()
    guard = threading.Thread(target=guard_poison, daemon=True, args=(
        server.port, "imgrec:queue:{killed:0}:todo", workers, poison, over))
    guard.start()
    middle = paths[:len(paths) // 2] + [poison] + paths[len(paths) // 2:]
    out, seconds = through(run, url, workers, middle, lambda n, of: kill_one(workers))
    over.set()
    guard.join()
    good &= report("workers killed", out, middle, workers, seconds)
    dead = Redis(server.port)("XRANGE", "imgrec:queue:{killed:0}:dead", "-", "+")
    letters = [fields[fields.index(b"p") + 1].decode() for _, fields in dead]
    print(json.dumps({"dead_letters": letters}))
    good &= letters == [poison]
    workers.end()

    url = f"redis://127.0.0.1:{server.port}/restarted"
    workers = Workers(run, url, run.workers, run.lease)

    def restart(n, of):
        kill_one(workers)
        if n == of // 2:
            server.kill()
            time.sleep(1)
            server.start()

    out, seconds = through(run, url, workers, paths, restart)
    good &= report("redis restarted with AOF", out, paths, workers, seconds)
    workers.end()
    server.kill()

    nodes = cluster(run.folder)
    url = "redis+cluster://" + ",".join(f"127.0.0.1:{n.port}" for n in nodes[3:]) + "/failover"
    workers = Workers(run, url, run.workers, run.lease)

    def fail_over(n, of):
        kill_one(workers)
        if n == of // 2:
            nodes[0].kill()

    out, seconds = through(run, url, workers, paths, fail_over)
    good &= report("cluster failover", out, paths, workers, seconds)
    workers.end()
    for node in nodes:
        node.kill()
    sys.exit(0 if good else "records were lost or duplicated")


class Reading:
    """Counters and memory of a Redis server."""

    def __init__(self, redis):
        self.memory = int(redis.info("memory")["used_memory"])
        cpu = redis.info("cpu")
        self.cpu = float(cpu["used_cpu_user_main_thread"]) + float(cpu["used_cpu_sys_main_thread"])
        stats = redis.info("commandstats")
        self.commands = {k[8:]: int(v.split(",")[0][6:]) for k, v in stats.items()}
        # This counts the commands of scripts too, besides those that came over the wire.
        self.calls = int(redis.info("stats")["total_commands_processed"])
        self.net = sum(int(redis.info("stats")[k]) for k in ("total_net_input_bytes", "total_net_output_bytes"))


def per_item(name, before, after, items, seconds):
    inside = {k: (after.commands[k] - before.commands.get(k, 0)) / items for k in after.commands}
    inside = {k: round(v, 3) for k, v in inside.items() if v >= 0.001 and k not in ("info",)}
    cpu = (after.cpu - before.cpu) / items
    row = {"step": name, "items": items, "bytes_kept": round((after.memory - before.memory) / items, 1),
           "redis_cpu_us": round(cpu * 1e6, 2), "net_bytes": round((after.net - before.net) / items),
           "items_per_second_here": round(items / seconds), "commands": inside}
    print(json.dumps(row))
    return row


def scale(run):
    folder = os.path.join(run.folder, "photos")
    photos(folder, run.items)
    server = Server(run.folder)
    redis = Redis(server.port)
    url = f"redis://127.0.0.1:{server.port}/scale"
    rows = []

    def step(name, commands, memory_of=None):
        before, start = Reading(redis), time.time()
        running = [subprocess.Popen(c, stdout=subprocess.DEVNULL) for c in commands]
        if any(p.wait() not in (0,) for p in running):
            sys.exit(f"{name} failed")
        rows.append(per_item(name, before, Reading(redis), run.items, time.time() - start))
        return rows[-1]

    one = [run.imgrec, "worker", "--queue", url, "--cache", "off", "--until-empty", "-q"]
    alone = step("scan, no queue", [[run.imgrec, "scan", folder, "--model", MODEL, "--cache", "off", "-q", "-o",
                                     os.path.join(run.folder, "a")]])
    submit = step("submit", [[run.imgrec, "submit", folder, "--model", MODEL, "--queue", url, "-q"]])
    work = step("work, 1 worker", [one])
    gather = [run.imgrec, "collect", "--queue", url, "-o", os.path.join(run.folder, "r"), "-q"]
    collect = step("collect", [gather])
    again = [run.imgrec, "submit", folder, "--model", MODEL, "--queue", url, "-q"]
    subprocess.run(again, check=True)
    step(f"work, {run.workers} workers", [one] * run.workers)
    subprocess.run(gather, check=True)
    # Workers that need almost no time: every answer is in their cache, and no file is read.
    warm = [w if w != "off" else "sqlite:" + os.path.join(run.folder, "answers.sqlite") for w in one]
    for round in range(2):
        subprocess.run(again, check=True)
        if round == 0:
            time.sleep(2.1)  # files that changed a moment ago are not trusted
            subprocess.run(warm, check=True)
        else:
            instant = step(f"work, {run.workers} instant workers", [warm] * run.workers)
        subprocess.run(gather, check=True)
    scan = [run.imgrec, "scan", folder, "--model", MODEL, "--cache", f"redis://127.0.0.1:{server.port}", "-q",
            "-o", os.path.join(run.folder, "s")]
    # Each with an empty embedded cache in front, which would otherwise answer the second run.
    os.environ["XDG_CACHE_HOME"] = os.path.join(run.folder, "cold")
    store = step("cache, new images", [scan])
    os.environ["XDG_CACHE_HOME"] = os.path.join(run.folder, "warm")
    known = step("cache, known images", [scan])
    server.kill()

    queue_cpu = (submit["redis_cpu_us"] + instant["redis_cpu_us"] + collect["redis_cpu_us"]) * 1e-6
    queue_bytes = max(submit["bytes_kept"], submit["bytes_kept"] + work["bytes_kept"])
    sustained = 1 / queue_cpu
    rate = run.worker_rate or work["items_per_second_here"]
    print(f"\nscan {alone['items_per_second_here']} images/s, one worker {work['items_per_second_here']}.", end="")
    print(f"\nOne redis-server, from its main thread's processor time: {sustained:,.0f} items/s through the queue "
          f"(submit, work, collect), {1e6 / store['redis_cpu_us']:,.0f} answers/s stored, "
          f"{1e6 / known['redis_cpu_us']:,.0f} looked up.")
    print(f"Computed from these figures: {rate:,.0f} images/s per worker, {run.hours} h, nodes at half load with "
          f"{run.node_memory} GB, queue of at most {run.max_pending:,} items.\n")
    print("| images | workers | items/s | Redis nodes for the queue | queue's memory | cache's memory | nodes for the "
          "cache |\n|---|---|---|---|---|---|---|")
    for images in (10**6, 10**8, 10**10):
        wanted = images / (run.hours * 3600)
        workers = math.ceil(wanted / rate)
        nodes = math.ceil(wanted / (sustained / 2))
        pending = min(images, run.max_pending * nodes) * queue_bytes / 1e9
        stored = images * store["bytes_kept"] / 1e9
        print(f"| {images:,} | {workers:,} | {wanted:,.0f} | {nodes} | {pending:,.2f} GB | {stored:,.1f} GB | "
              f"{max(1, math.ceil(stored / run.node_memory))} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["faults", "scale"])
    parser.add_argument("--imgrec", default=os.path.join(ROOT, ".build", "release", "imgrec"))
    parser.add_argument("--items", type=int, default=5000)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=60, help="faults: duration of each phase")
    parser.add_argument("--every", type=float, default=3, help="faults: seconds between two kills")
    parser.add_argument("--lease", type=float, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--worker-rate", type=float, help="scale: images/s of one worker (default: measured)")
    parser.add_argument("--hours", type=float, default=24, help="scale: time in which the images are to be processed")
    parser.add_argument("--node-memory", type=int, default=64, help="scale: memory of a Redis node in GB")
    parser.add_argument("--max-pending", type=int, default=1_000_000)
    run = parser.parse_args()
    run.imgrec = os.path.abspath(run.imgrec)
    run.folder = tempfile.mkdtemp(prefix="imgrec-queue-")
    os.environ["XDG_CACHE_HOME"] = os.path.join(run.folder, "cache")
    try:
        {"faults": faults, "scale": scale}[run.what](run)
    finally:
        shutil.rmtree(run.folder, ignore_errors=True)


if __name__ == "__main__":
    main()
