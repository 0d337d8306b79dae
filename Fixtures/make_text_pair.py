"""Makes the pair of networks by which text queries are tested: an image network and a text network that were trained
together on drawn shapes, and the tokenizer of the text network in the form of CLIP's.

    pip install torch onnx; python3 make_text_pair.py FOLDER

Writes shapes.onnx (pictures of 32x32 to 16 numbers), shapes_text.onnx (16 tokens to 16 numbers), shapes_tokenizer.json
and shapes.json, the card. It knows four colours and three shapes, and nothing else.
"""

import json
import sys

import torch
from torch import nn

COLOURS = {"red": (220, 40, 40), "green": (40, 170, 60), "blue": (50, 70, 220), "yellow": (235, 210, 40)}
SHAPES = ["circle", "square", "triangle"]
PHRASES = ["{c} {s}", "a {c} {s}", "a photo of a {c} {s}", "a drawing of a {c} {s}", "{s} in {c}"]
SIDE, CONTEXT, LENGTH = 32, 16, 16


def byte_letters():
    """GPT-2's letters of bytes, which CLIP has too: printable ones stand for themselves."""
    known = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters, more = {b: chr(b) for b in known}, 0
    for b in range(256):
        if b not in letters:
            letters[b] = chr(256 + more)
            more += 1
    order = known + [b for b in range(256) if b not in known]
    return [letters[b] for b in order]


def tokenizer():
    words = list(COLOURS) + SHAPES + ["photo", "drawing", "of", "in"]
    merges = []
    for word in words:
        parts = list(word[:-1]) + [word[-1] + "</w>"]
        while len(parts) > 1:
            pair = (parts[0], parts[1])
            if pair not in merges:
                merges.append(pair)
            parts = [parts[0] + parts[1]] + parts[2:]
    letters = byte_letters()
    tokens = letters + [c + "</w>" for c in letters] + [a + b for a, b in merges]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    vocab = {token: index for index, token in enumerate(dict.fromkeys(tokens))}
    special = {"lstrip": False, "rstrip": False, "normalized": False, "single_word": False, "special": True}
    return {
        "version": "1.0",
        "added_tokens": [
            {"id": vocab[t], "content": t, **special} for t in ("<|startoftext|>", "<|endoftext|>")],
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "NFC"}, {"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "},
            {"type": "Lowercase"}]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {
                "Regex": "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"},
             "behavior": "Removed", "invert": True},
            {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}]},
        "post_processor": {
            "type": "RobertaProcessing", "sep": ["<|endoftext|>", vocab["<|endoftext|>"]],
            "cls": ["<|startoftext|>", vocab["<|startoftext|>"]], "trim_offsets": False, "add_prefix_space": False},
        "decoder": None, "truncation": None, "padding": None,
        "model": {
            "type": "BPE", "dropout": None, "unk_token": "<|endoftext|>", "continuing_subword_prefix": "",
            "end_of_word_suffix": "</w>", "fuse_unk": False, "vocab": vocab,
            "merges": [f"{a} {b}" for a, b in merges]},
    }


def encode(text, rules):
    """Only for the words of the phrases."""
    vocab = rules["model"]["vocab"]
    ranks = {tuple(m.split(" ")): i for i, m in enumerate(rules["model"]["merges"])}
    ids = [vocab["<|startoftext|>"]]
    for word in text.split():
        parts = list(word[:-1]) + [word[-1] + "</w>"]
        while len(parts) > 1:
            best = min(zip(parts, parts[1:]), key=lambda pair: ranks.get(pair, 1 << 30))
            if best not in ranks:
                break
            joined, i = [], 0
            while i < len(parts):
                if i + 1 < len(parts) and (parts[i], parts[i + 1]) == best:
                    joined.append(parts[i] + parts[i + 1])
                    i += 2
                else:
                    joined.append(parts[i])
                    i += 1
            parts = joined
        ids += [vocab[part] for part in parts]
    ids.append(vocab["<|endoftext|>"])
    return ids + [0] * (CONTEXT - len(ids))


def draw(colour, shape, r):
    """A picture of 3xSIDExSIDE, 0 to 1: the shape on a plain ground of another lightness."""
    ys, xs = torch.meshgrid(torch.arange(SIDE) + 0.5, torch.arange(SIDE) + 0.5, indexing="ij")
    size = 6 + 6 * torch.rand(1, generator=r)
    x, y = size + (SIDE - 2 * size) * torch.rand(2, generator=r)
    dx, dy = (xs - x) / size, (ys - y) / size
    if shape == "circle":
        inside = dx**2 + dy**2 < 1
    elif shape == "square":
        inside = (dx.abs() < 0.85) & (dy.abs() < 0.85)
    else:
        inside = (dy < 0.8) & (dy > -0.9) & (dx.abs() < (dy + 0.9) / 1.8)
    ground = torch.full((3, 1, 1), float(torch.rand(1, generator=r))) * 0.9 + 0.05
    tint = torch.tensor(COLOURS[colour]).view(3, 1, 1) / 255 + 0.06 * torch.randn((3, 1, 1), generator=r)
    return torch.where(inside, tint, ground).clamp(0, 1) + 0.02 * torch.randn((3, SIDE, SIDE), generator=r)


class ImageNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 12, 5, 2, 2), nn.ReLU(), nn.Conv2d(12, 24, 3, 2, 1), nn.ReLU(),
            nn.Conv2d(24, 32, 3, 2, 1), nn.ReLU(), nn.Flatten(), nn.Linear(32 * 16, LENGTH))

    def forward(self, pixels):
        return self.layers(pixels)


class TextNetwork(nn.Module):
    def __init__(self, count):
        super().__init__()
        self.tokens = nn.Embedding(count, 16)
        self.layers = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, LENGTH))

    def forward(self, input_ids):
        return self.layers(self.tokens(input_ids).mean(1))


def main(folder):
    torch.manual_seed(20)
    torch.set_num_threads(1)
    r = torch.Generator().manual_seed(20)
    rules = tokenizer()
    image, text = ImageNetwork(), TextNetwork(len(rules["model"]["vocab"]))
    kinds = [(c, s) for c in COLOURS for s in SHAPES]
    steps = torch.optim.Adam([*image.parameters(), *text.parameters()], lr=3e-3)
    for step in range(3000):
        pixels = torch.stack([draw(c, s, r) for c, s in kinds])
        picked = torch.randint(len(PHRASES), (len(kinds),), generator=r)
        ids = torch.tensor([encode(PHRASES[p].format(c=c, s=s), rules) for p, (c, s) in zip(picked, kinds)])
        a = nn.functional.normalize(image(pixels), dim=1)
        b = nn.functional.normalize(text(ids), dim=1)
        logits = 12 * a @ b.T
        want = torch.arange(len(kinds))
        loss = nn.functional.cross_entropy(logits, want) + nn.functional.cross_entropy(logits.T, want)
        steps.zero_grad()
        loss.backward()
        steps.step()
        if step % 250 == 249:
            right = (logits.argmax(0) == want).float().mean()
            print(step + 1, f"loss {loss.item():.3f}, right {right.item():.2f}", flush=True)
    torch.onnx.export(
        image.eval(), torch.zeros(1, 3, SIDE, SIDE), f"{folder}/shapes.onnx", input_names=["pixels"],
        output_names=["vector"], opset_version=13, dynamo=False)
    torch.onnx.export(
        text.eval(), torch.zeros(1, CONTEXT, dtype=torch.int64), f"{folder}/shapes_text.onnx",
        input_names=["input_ids"], output_names=["vector"], opset_version=13, dynamo=False)
    with open(f"{folder}/shapes_tokenizer.json", "w") as file:
        json.dump(rules, file, ensure_ascii=True, separators=(",", ":"))
    card = {
        "name": "shapes", "task": "embed", "summary": "drawn shapes and their colours, for tests", "licence": "MIT",
        "files": [
            {"name": "shapes.onnx", "role": "network"}, {"name": "shapes_text.onnx", "role": "text"},
            {"name": "shapes_tokenizer.json", "role": "tokenizer"}],
        "format": "onnx", "engines": ["onnxruntime", "opencv", "openvino"],
        "input": {
            "width": SIDE, "height": SIDE, "resize": {"rule": "stretch"}, "filter": "area", "layout": "nchw",
            "channels": "rgb", "mean": [0, 0, 0], "scale": [1 / 255] * 3},
        "head": {"kind": "vector"},
    }
    with open(f"{folder}/shapes.json", "w") as file:
        json.dump(card, file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
