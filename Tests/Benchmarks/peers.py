#!/usr/bin/env python3
"""Measure Python pipelines as they are commonly written for batch classification; prints one line per pipeline."""
import argparse, concurrent.futures as cf, glob, json, os, queue, resource, subprocess, sys, threading, time
import numpy as np

def args():
    p = argparse.ArgumentParser()
    p.add_argument("--images", required=True); p.add_argument("--model", required=True)
    p.add_argument("--size", type=int, default=224); p.add_argument("--resize", type=int, default=256, help="short side before the centre crop")
    p.add_argument("--mean", default="0,0,0"); p.add_argument("--scale", default="1", help="one number, or three")
    p.add_argument("--layout", choices=["nchw", "nhwc"], default="nchw"); p.add_argument("--bgr", action="store_true")
    p.add_argument("--threads", type=int, default=os.cpu_count()); p.add_argument("--batch", type=int, default=8)
    p.add_argument("--precision", choices=["f32", "default"], default="f32", help="OpenVINO: f32, or what it chooses (bf16 where the processor has it)")
    p.add_argument("--only"); p.add_argument("--check"); p.add_argument("--limit", type=int, default=0)
    return p.parse_args()

class Prepare:
    """Decodes, shrinks the short side, crops the centre, normalises: 1 x 3 x S x S (or NHWC) float32."""
    def __init__(self, a, decoder):
        self.a, self.decoder = a, decoder
        self.mean = np.array([float(v) for v in a.mean.split(",")], np.float32)
        self.scale = np.array([float(v) for v in a.scale.split(",")], np.float32)
    def __call__(self, path):
        a = self.a
        if self.decoder == "pillow":
            from PIL import Image
            im = Image.open(path).convert("RGB"); w, h = im.size; s = a.resize / min(w, h)
            x = np.asarray(im.resize((max(a.size, round(w * s)), max(a.size, round(h * s))), Image.BILINEAR))
            if a.bgr: x = x[..., ::-1]
        else:
            import cv2
            flag = cv2.IMREAD_COLOR
            if self.decoder == "cv2-reduced":
                from PIL import Image
                side = min(Image.open(path).size)
                for n, f in ((8, cv2.IMREAD_REDUCED_COLOR_8), (4, cv2.IMREAD_REDUCED_COLOR_4), (2, cv2.IMREAD_REDUCED_COLOR_2)):
                    if side // n >= a.resize: flag = f; break
            x = cv2.imread(path, flag)
            if x is None: raise ValueError(path)
            h, w = x.shape[:2]; s = a.resize / min(w, h)
            x = cv2.resize(x, (max(a.size, round(w * s)), max(a.size, round(h * s))), interpolation=cv2.INTER_AREA if s < 1 else cv2.INTER_LINEAR)
            if not a.bgr: x = x[..., ::-1]
        h, w = x.shape[:2]; t, l = (h - a.size) // 2, (w - a.size) // 2
        x = (x[t:t + a.size, l:l + a.size].astype(np.float32) - self.mean) * self.scale
        return np.ascontiguousarray(x.transpose(2, 0, 1) if a.layout == "nchw" else x)[None]

def loop(files, prepare, infer):
    out = {}
    for f in files: out[f] = int(infer(prepare(f)).reshape(-1).argmax())
    return out

def opencv_loop(a, files):
    import cv2
    cv2.setNumThreads(a.threads); net = cv2.dnn.readNet(a.model)
    def infer(x): net.setInput(x); return net.forward()
    return loop(files, Prepare(a, "cv2"), infer)

def ort_session(a, threads):
    import onnxruntime as ort
    o = ort.SessionOptions(); o.intra_op_num_threads = threads; o.log_severity_level = 3
    s = ort.InferenceSession(a.model, o, providers=["CPUExecutionProvider"]); return s, s.get_inputs()[0].name

def pillow_ort_loop(a, files):
    s, name = ort_session(a, a.threads)
    return loop(files, Prepare(a, "pillow"), lambda x: s.run(None, {name: x})[0])

def threads_ort(a, files, decoder="cv2"):
    import cv2
    cv2.setNumThreads(1); s, name = ort_session(a, 1); prepare = Prepare(a, decoder)
    with cf.ThreadPoolExecutor(a.threads) as pool:
        return dict(zip(files, pool.map(lambda f: int(s.run(None, {name: prepare(f)})[0].reshape(-1).argmax()), files)))

def openvino_async(a, files, decoder="cv2"):
    import cv2, openvino as ov
    cv2.setNumThreads(1); core = ov.Core(); model = core.read_model(a.model)
    shape = [1, 3, a.size, a.size] if a.layout == "nchw" else [1, a.size, a.size, 3]
    model.reshape(shape)
    compiled = core.compile_model(model, "CPU", {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_NUM_THREADS": a.threads, **({"INFERENCE_PRECISION_HINT": "f32"} if a.precision == "f32" else {})})
    jobs, out, prepare = ov.AsyncInferQueue(compiled, 2 * a.threads), {}, Prepare(a, decoder)
    jobs.set_callback(lambda r, f: out.__setitem__(f, int(r.get_output_tensor(0).data.reshape(-1).argmax())))
    ready = queue.Queue(16 * a.threads); it = iter(files); lock = threading.Lock()
    def decode():
        while True:
            with lock: f = next(it, None)
            if f is None: ready.put(None); return
            ready.put((f, prepare(f)))
    workers = [threading.Thread(target=decode) for _ in range(a.threads)]
    [w.start() for w in workers]; left = len(workers)
    while left:
        item = ready.get()
        if item is None: left -= 1; continue
        jobs.start_async([item[1]], item[0])
    jobs.wait_all(); return out

PEERS = {
    "openvino-async": openvino_async,
    "openvino-async-reduced": lambda a, f: openvino_async(a, f, "cv2-reduced"),
    "ort-threads": threads_ort,
    "ort-threads-reduced": lambda a, f: threads_ort(a, f, "cv2-reduced"),
    "pillow-ort-loop": pillow_ort_loop,
    "opencv-dnn-loop": opencv_loop,
}

def main():
    a = args()
    files = sorted(f for f in glob.glob(os.path.join(a.images, "**", "*"), recursive=True) if f.lower().endswith((".jpg", ".jpeg", ".png")))
    if a.limit: files = files[:a.limit]
    if a.only:
        t = time.perf_counter(); out = PEERS[a.only](a, files); wall = time.perf_counter() - t
        u = resource.getrusage(resource.RUSAGE_SELF)
        # Not ru_maxrss: it includes the memory of the parent before exec.
        high = next((int(l.split()[1]) for l in open("/proc/self/status") if l.startswith("VmHWM")), u.ru_maxrss)
        print(f"{a.only:24s} {len(out) / wall:8.1f} img/s  wall {wall:7.2f} s  cpu {u.ru_utime + u.ru_stime:7.2f} s  peak {high / 1024:7.0f} MB", flush=True)
        if a.check:
            ours = {os.path.basename(r["path"]): r["classify"][0]["id"] for r in map(json.loads, open(a.check)) if r.get("classify")}
            same = [ours.get(os.path.basename(f)) == v for f, v in out.items()]
            print(f"{'':24s} top-1 agrees on {sum(same)} of {len(same)}")
        return
    for name in PEERS:
        r = subprocess.run([sys.executable, __file__, *sys.argv[1:], "--only", name], capture_output=True, text=True)
        print(r.stdout.rstrip() if r.returncode == 0 else f"{name:24s} failed: {r.stderr.strip().splitlines()[-1] if r.stderr.strip() else r.returncode}", flush=True)

main()
