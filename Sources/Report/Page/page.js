"use strict";
(() => {
  const $ = id => document.getElementById(id);
  const data = JSON.parse($("data").textContent);
  /** Long side of the thumbnails in pixels; 0 without any. */
  const thumbnailSide = Number($("data").dataset.side);
  const chunks = document.getElementsByClassName("images");
  const count = data.count;

  // MARK: Columns

  /** Offsets of the findings of each image. */
  const first = new Uint32Array(count + 1);
  for (let i = 0; i < count; i++) first[i + 1] = first[i] + data.findings[i];
  const label = Int32Array.from(data.label), score = Int16Array.from(data.score);
  const column = name => data[name] ? Float64Array.from(data[name]) : null;
  const taken = column("taken"), group = column("group"), page = column("page");
  const taskOf = number => data.labels[number][0];
  const nameOf = number => data.labels[number][1];

  /** What a finding without a label is. */
  const noun = number => ({faces: "face", plates: "plate"})[data.tasks[taskOf(number)]] ?? data.tasks[taskOf(number)];
  const nouns = new Set(["face", "plate", "text"]);

  /** Whether the finding `f` of image `i` counts: of a classification the best one does. */
  const counts = (i, f) => {
    const task = taskOf(label[f]);
    return !data.best[task] || f === first[i] || taskOf(label[f - 1]) !== task;
  };
  /** Whether it counts and has a score of its own. */
  const measured = (i, f) => counts(i, f) && data.tasks[taskOf(label[f])] !== "codes";
  const path = i => data.folders[data.folder[i]][0] + data.names[i] + (page && page[i] ? ` (page ${page[i]})` : "");
  const address = i => data.folders[data.folder[i]][1] + (data.odd[i] ?? encodeURIComponent(data.names[i]));

  /** The line of an image: what is drawn over it, its thumbnail, and why it has none. */
  const kept = new Map();
  function line(i) {
    const number = Math.floor(i / data.chunk);
    let lines = kept.get(number);
    if (!lines) {
      lines = chunks[number].textContent.split("\n");
      if (kept.size > 24) kept.delete(kept.keys().next().value);
      kept.set(number, lines);
    }
    const [detail, thumbnail, problem] = lines[i % data.chunk].split("\t");
    return {detail: JSON.parse(detail), thumbnail, problem: problem ? JSON.parse(problem) : ""};
  }

  /** Values of a facet by image: those of image i are value[start[i]] to value[start[i + 1]], each with its best score. */
  function values(facet) {
    const position = new Map(facet.values.map((number, index) => [number, index]));
    const start = new Uint32Array(count + 1), value = [], best = [];
    for (let i = 0; i < count; i++) {
      const from = value.length;
      const add = (number, points) => {
        const index = position.get(number);
        if (index === undefined) return;
        const seen = value.indexOf(index, from);
        if (seen < 0) { value.push(index); best.push(points); } else if (best[seen] < points) best[seen] = points;
      };
      switch (facet.kind) {
        case "labels":
          for (let f = first[i]; f < first[i + 1]; f++) if (counts(i, f)) add(label[f], score[f]);
          break;
        case "month": if (taken[i]) add(Math.floor(taken[i] / 1e8), 1000); break;
        case "found": for (const bit of facet.values) if (data.found[i] >> bit & 1) add(bit, 1000); break;
        default: add(data[facet.kind][i], 1000);
      }
      start[i + 1] = value.length;
    }
    const totals = new Uint32Array(facet.values.length);
    for (const index of value) totals[index]++;
    const most = totals.reduce((a, b) => Math.max(a, b), 1);
    return {start, value: Int32Array.from(value), best: Int16Array.from(best), scored: facet.kind === "labels", most};
  }
  const lists = [...document.querySelectorAll(".facet")];
  const facets = data.facets.map((facet, index) => ({
    key: facet.key, ...values(facet),
    rows: [...lists[index].querySelectorAll("li")].map(row => ({
      row, input: row.querySelector("input"), part: row.querySelector(".part"), text: row.querySelector(".count"),
      shown: -1
    })),
    chosen: new Set(),
  }));

  /** The best score of what counts in an image. */
  const sure = new Int16Array(count).fill(-1);
  for (let i = 0; i < count; i++) {
    for (let f = first[i]; f < first[i + 1]; f++) if (measured(i, f)) sure[i] = Math.max(sure[i], score[f]);
  }
  let haystack = null;
  function texts(i) {
    haystack ??= Array.from({length: count}, (_, i) => {
      const words = [path(i), ...(data.texts[i] ?? [])];
      for (let f = first[i]; f < first[i + 1]; f++) if (counts(i, f)) words.push(nameOf(label[f]));
      return words.join("\n").toLowerCase();
    });
    return haystack[i];
  }

  // MARK: Filters

  let list = [], chosen = -1, shownGroup = -1;
  const state = () => ({
    words: $("query").value.toLowerCase().split(/\s+/).filter(word => word),
    least: Number($("score").value),
    from: Number(($("from")?.value ?? "").replaceAll("-", "")) * 1e6,
    to: Number(($("to")?.value ?? "").replaceAll("-", "")) * 1e6,
  });

  function filter() {
    const {words, least, from, to} = state();
    const tallies = facets.map(facet => new Uint32Array(facet.rows.length));
    const bars = new Uint32Array(20);
    const found = [];
    for (let i = 0; i < count; i++) {
      if (words.length && !words.every(word => texts(i).includes(word))) continue;
      if (from && !(taken[i] >= from) || to && !(taken[i] > 0 && taken[i] < to + 1e6)) continue;
      if (shownGroup >= 0 && group[i] !== shownGroup) continue;
      if (least && sure[i] < least) continue;
      // An image that only one facet leaves out counts in that facet's own list.
      let failed = -1, several = false;
      for (let n = 0; n < facets.length && !several; n++) {
        const facet = facets[n];
        if (!facet.chosen.size) continue;
        let passes = false;
        for (let k = facet.start[i]; k < facet.start[i + 1] && !passes; k++) {
          passes = facet.chosen.has(facet.value[k]) && (!facet.scored || facet.best[k] >= least);
        }
        if (!passes) { several = failed >= 0; failed = n; }
      }
      if (several) continue;
      if (failed < 0) found.push(i);
      for (let n = 0; n < facets.length; n++) {
        if (failed >= 0 && failed !== n) continue;
        const facet = facets[n];
        for (let k = facet.start[i]; k < facet.start[i + 1]; k++) {
          if (!facet.scored || facet.best[k] >= least) tallies[n][facet.value[k]]++;
        }
      }
      if (failed >= 0) continue;
      for (let f = first[i]; f < first[i + 1]; f++) {
        if (score[f] >= least && measured(i, f)) bars[Math.min(19, Math.floor(score[f] / 50))]++;
      }
    }
    const compare = {
      path: (a, b) => path(a) < path(b) ? -1 : 1, sure: (a, b) => sure[b] - sure[a] || a - b,
      unsure: (a, b) => (sure[a] < 0) - (sure[b] < 0) || sure[a] - sure[b] || a - b,
      taken: (a, b) => !taken[a] - !taken[b] || taken[a] - taken[b] || a - b,
    }[$("order").value];
    list = compare ? found.sort(compare) : found;
    show(tallies, bars);
  }

  const text = number => number.toLocaleString("en");
  const images = number => `${text(number)} image${number === 1 ? "" : "s"}`;

  function show(tallies, bars) {
    facets.forEach((facet, n) => {
      const scale = 100 / Math.log1p(facet.most);
      facet.rows.forEach((row, k) => {
        const tally = tallies[n][k];
        if (row.shown === tally) return;
        row.shown = tally;
        row.text.textContent = text(tally);
        row.part.setAttribute("width", `${(scale * Math.log1p(tally)).toFixed(1)}%`);
        row.row.classList.toggle("none", !tally);
      });
    });
    const tallest = Math.max(1, ...bars);
    document.querySelectorAll(".scores svg rect").forEach((bar, n) => {
      const height = 64 * Math.log1p(bars[n]) / Math.log1p(tallest);
      bar.setAttribute("height", height.toFixed(1));
      bar.setAttribute("y", (64 - height).toFixed(1));
      bar.firstChild.textContent = `${n / 20} to ${(n + 1) / 20}: ${text(bars[n])}`;
    });
    $("least").textContent = (Number($("score").value) / 1000).toString();
    const part = shownGroup >= 0 ? "; similar images, Escape shows all" : "";
    $("shown").textContent = (list.length === count ? images(count) : `${text(list.length)} of ${images(count)}`) + part;
    layOut();
  }

  // MARK: Address

  let opened = -1, ownAddress = "";
  function write() {
    const parts = new URLSearchParams();
    const set = (key, value) => { if (value) parts.set(key, value); };
    set("q", $("query").value.trim());
    set("score", Number($("score").value) ? String(Number($("score").value) / 1000) : "");
    set("from", $("from")?.value);
    set("to", $("to")?.value);
    set("order", $("order").value);
    if (shownGroup >= 0) parts.set("group", shownGroup);
    for (const facet of facets) for (const k of facet.chosen) parts.append(facet.key, facet.rows[k].input.value);
    if (opened >= 0) parts.set("image", opened + 1);
    ownAddress = "#" + parts;
    // Not pushed: Back leaves the report.
    if (ownAddress !== (location.hash || "#")) location.replace(ownAddress);
  }
  function read() {
    if ((location.hash || "#") === ownAddress) return;
    const parts = new URLSearchParams(location.hash.slice(1));
    $("query").value = parts.get("q") ?? "";
    $("score").value = Math.round(1000 * Number(parts.get("score") ?? 0)) || 0;
    if ($("from")) { $("from").value = parts.get("from") ?? ""; $("to").value = parts.get("to") ?? ""; }
    $("order").value = parts.get("order") ?? "";
    if ($("order").selectedIndex < 0) $("order").value = "";
    shownGroup = group && parts.has("group") ? Number(parts.get("group")) : -1;
    for (const facet of facets) {
      const names = new Set(parts.getAll(facet.key));
      facet.chosen.clear();
      facet.rows.forEach((row, k) => {
        row.input.checked = names.has(row.input.value);
        if (row.input.checked) facet.chosen.add(k);
      });
    }
    filter();
    const image = Number(parts.get("image")) - 1;
    if (Number.isInteger(image) && image >= 0 && image < count) open(image); else close();
  }
  let waiting = 0;
  function change() { clearTimeout(waiting); filter(); write(); }

  // MARK: Pictures

  const element = (name, kind, words) => {
    const made = document.createElement(name);
    if (kind) made.className = kind;
    if (words !== undefined) made.textContent = words;
    return made;
  };
  const drawing = (name, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const readable = new Set(["jpeg", "png", "webp", "gif", "bmp", "avif"]);
  /** Whether a browser can show the image's file. */
  const canShow = (i, entry) => !entry.problem && !(page && page[i] > 1) &&
    (!data.format || data.format[i] < 0 || readable.has(data.formats[data.format[i]])) &&
    !(entry.detail.e && /^(walk|read|decode):/.test(entry.detail.e));

  /** What is drawn over a picture. */
  function marks(i, entry, large) {
    const forms = entry.detail.g;
    const made = document.createDocumentFragment();
    if (!forms || !data.width[i]) return made;
    const least = Number($("score").value);
    const svg = drawing("svg", {viewBox: `0 0 ${data.width[i]} ${data.height[i]}`, preserveAspectRatio: "none"});
    const tags = [];
    forms.forEach((form, n) => {
      const f = first[i] + n;
      if (!form || score[f] < least) return;
      const colour = `c${data.labels[label[f]][2]}`;
      let box = form, points = null;
      if (form.length === 1) {
        points = form[0];
        const xs = points.filter((_, k) => k % 2 === 0), ys = points.filter((_, k) => k % 2);
        box = [Math.min(...xs), Math.min(...ys)];
      } else if (typeof form[0] === "object") {
        box = form[0];
        made.append(mask(form, colour));
      }
      const shape = points ? ["polygon", {points: points.join(" ")}] :
        ["rect", {x: box[0], y: box[1], width: box[2], height: box[3]}];
      // A mask has its edge.
      const isMask = typeof form[0] === "object" && form.length > 1;
      for (const kind of isMask ? [] : ["edge", `mark ${colour}`]) svg.append(drawing(shape[0], {...shape[1], class: kind}));
      if (!large) return;
      const radius = Math.max(1, box[2] / 40);
      for (let k = 4; !points && k + 1 < box.length; k += 2) {
        svg.append(drawing("circle", {cx: box[k], cy: box[k + 1], r: radius, class: `mark ${colour}`}));
      }
      const name = data.texts[i]?.[n] || nameOf(label[f]) || noun(label[f]);
      const tag = element("span", `tag ${colour}`, `${name} ${(score[f] / 10).toFixed(0)}%`);
      tag.style.left = `${100 * Math.max(0, box[0]) / data.width[i]}%`;
      tag.style.top = `${100 * Math.max(0, box[1]) / data.height[i]}%`;
      // Above what it names, if there is room.
      if (box[1] > data.height[i] / 30) tag.classList.add("above");
      tags.push(tag);
    });
    made.append(svg, ...tags);
    return made;
  }

  const digits = new Map([..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"].map((c, n) => [c, n]));
  const colours = [[230, 159, 0], [86, 180, 233], [0, 158, 115], [240, 228, 66], [0, 114, 178], [213, 94, 0], [204, 121, 167]];
  /** A mask, its runs down the columns, five bits in a character. */
  function mask([, width, height, runs], colour) {
    const canvas = element("canvas");
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d"), pixels = context.createImageData(width, height);
    const [red, green, blue] = colours[Number(colour.slice(1))];
    let cell = 0, inside = false, run = 0, shift = 0;
    for (const character of runs) {
      const digit = digits.get(character);
      run |= (digit & 31) << shift;
      shift += 5;
      if (digit & 32) continue;
      for (const end = Math.min(cell + run, width * height); cell < end; cell++) {
        if (inside) pixels.data.set([red, green, blue, 110], 4 * (cell % height * width + Math.floor(cell / height)));
      }
      inside = !inside;
      run = shift = 0;
    }
    context.putImageData(pixels, 0, 0);
    return canvas;
  }

  /** The picture with what is drawn over it, at most `width` by `height` pixels; null if there is no picture. */
  function picture(i, entry, width, height, large) {
    const image = element("img");
    image.alt = "";
    image.decoding = "async";
    const thumbnail = entry.thumbnail ? `data:image/webp;base64,${entry.thumbnail}` : "";
    const file = canShow(i, entry) ? address(i) : "";
    if (large && file) {
      image.src = file;
      if (thumbnail) image.addEventListener("error", () => { image.src = thumbnail; }, {once: true});
    } else if (thumbnail || file) {
      image.src = thumbnail || file;
    } else {
      return null;
    }
    const box = element("div", "pic");
    const natural = [data.width[i] || 4, data.height[i] || 3];
    const scale = Math.min(width / natural[0], height / natural[1], large ? 4 : Infinity);
    box.style.width = `${Math.max(1, natural[0] * scale)}px`;
    box.style.height = `${Math.max(1, natural[1] * scale)}px`;
    box.append(image, marks(i, entry, large));
    return box;
  }

  // MARK: Gallery

  const gallery = $("gallery"), tiles = new Map();
  const gap = 8, caption = 40, tallest = 12e6;
  let columns = 1, width = 0, height = 0, side = 0, current = 0;

  function layOut() {
    const room = gallery.clientWidth, hadFocus = gallery.contains(document.activeElement);
    const wanted = Math.max(112, Math.min(thumbnailSide || 160, 320)) + gap;
    columns = Math.max(room < 600 ? 2 : 1, Math.floor((room + gap) / (wanted + gap)));
    width = Math.floor((room + gap) / columns) - gap;
    side = Math.min(width, wanted);
    height = side + caption + gap;
    for (const tile of tiles.values()) tile.remove();
    tiles.clear();
    gallery.style.height = `${Math.min(tallest, Math.ceil(list.length / columns) * height)}px`;
    current = Math.min(current, Math.max(0, list.length - 1));
    draw();
    if (hadFocus) tiles.get(current)?.focus({preventScroll: true});
  }
  /** Browsers have no elements of any height; beyond it rows move faster than the scroll bar. */
  function offset() {
    const whole = Math.ceil(list.length / columns) * height, view = innerHeight;
    const top = -gallery.getBoundingClientRect().top;
    if (whole <= tallest) return 0;
    return Math.max(0, Math.min(1, top / (tallest - view))) * (whole - tallest);
  }
  let drawn = false;
  function draw() {
    drawn = false;
    if (!width) return;
    const hidden = offset(), top = -gallery.getBoundingClientRect().top + hidden;
    const from = Math.max(0, Math.floor(top / height) - 1) * columns;
    const to = Math.min(list.length, (Math.ceil((top + innerHeight) / height) + 1) * columns);
    for (const [k, tile] of tiles) if (k < from || k >= to) { tile.remove(); tiles.delete(k); }
    for (let k = from; k < to; k++) {
      let tile = tiles.get(k);
      if (!tile) {
        tile = make(k);
        tiles.set(k, tile);
        gallery.append(tile);
      }
      tile.style.transform = `translate(${k % columns * (width + gap)}px, ${Math.floor(k / columns) * height - hidden}px)`;
    }
    // One tile is in the order of the Tab key.
    if (!tiles.has(current) && !gallery.contains(document.activeElement) && list.length) {
      current = Math.min(from + columns, list.length - 1);
      if (tiles.has(current)) tiles.get(current).tabIndex = 0;
    }
  }
  const redraw = () => { if (!drawn) { drawn = true; requestAnimationFrame(draw); } };

  function summary(i) {
    const status = data.statuses[data.status[i]];
    if (status !== "ok" && status !== "warning") return status;
    const counted = new Map();
    for (let f = first[i]; f < first[i + 1]; f++) {
      if (!counts(i, f)) continue;
      const name = nameOf(label[f]) || noun(label[f]);
      const seen = counted.get(name) ?? [0, 0];
      counted.set(name, [seen[0] + 1, Math.max(seen[1], score[f])]);
    }
    const words = [...counted].map(([name, [number, best]]) => number > 1 ? `${number} ${nouns.has(name) ? name + "s" : name}` : `${name} ${(best / 10).toFixed(0)}%`);
    return words.join(", ") || "nothing found";
  }

  function make(k) {
    const i = list[k], entry = line(i);
    const tile = element("a", "tile");
    if (canShow(i, entry)) tile.href = address(i);
    tile.tabIndex = k === current ? 0 : -1;
    tile.dataset.place = k;
    tile.style.width = `${width}px`;
    const box = element("div", "box");
    box.style.height = `${side}px`;
    const shown = picture(i, entry, width - 2, side, false);
    box.append(shown ?? element("div", "why", entry.problem || entry.detail.e || "no thumbnail"));
    const say = summary(i);
    const status = data.statuses[data.status[i]];
    const second = element("bdi", "say" + (status === "ok" || status === "warning" ? "" : " bad"), say);
    const name = element("bdi", "name");
    const folder = data.folders[data.folder[i]][0];
    name.append(element("span", "folder", folder), element("span", "file", path(i).slice(folder.length)));
    tile.append(box, name, second);
    tile.title = `${path(i)}\n${say}`;
    return tile;
  }

  /** Moves the keyboard's focus to a tile, and the tile into view. */
  function go(k) {
    if (!list.length) return;
    const old = tiles.get(current);
    if (old) old.tabIndex = -1;
    current = Math.max(0, Math.min(list.length - 1, k));
    const whole = Math.ceil(list.length / columns) * height;
    const start = gallery.getBoundingClientRect().top + scrollY, row = Math.floor(current / columns);
    if (whole > tallest) {
      scrollTo(0, start + row * height / (whole - innerHeight) * (tallest - innerHeight));
    } else {
      const top = start + row * height, bar = $("bar").offsetHeight;
      if (top < scrollY + bar) scrollTo(0, top - bar); else if (top + height > scrollY + innerHeight) scrollTo(0, top + height - innerHeight);
    }
    draw();
    const tile = tiles.get(current);
    if (tile) { tile.tabIndex = 0; tile.focus({preventScroll: true}); }
  }

  // MARK: One image

  const view = $("view");
  const bytes = number => {
    for (const unit of ["B", "KiB", "MiB"]) {
      if (number < 1024 || unit === "MiB") return `${unit === "B" ? number : number.toFixed(1)} ${unit}`;
      number /= 1024;
    }
  };
  const date = number => {
    const d = String(number).padStart(14, "0");
    return `${d.slice(0, 4)}-${d.slice(4, 6)}-${d.slice(6, 8)} ${d.slice(8, 10)}:${d.slice(10, 12)}:${d.slice(12)}`;
  };

  function facts(i, entry) {
    const table = element("table"), body = element("tbody");
    const add = (name, value, kind) => {
      if (value === undefined || value === null || value === "") return;
      const row = element("tr");
      row.append(element("th", "", name), value instanceof Node ? value : element("td", kind, String(value)));
      body.append(row);
    };
    if (canShow(i, entry)) {
      const cell = element("td"), link = element("a", "", "Open the picture");
      link.href = address(i);
      link.target = "_blank";
      link.rel = "noopener";
      cell.append(link);
      add("File", cell);
    }
    const status = data.statuses[data.status[i]];
    add("Status", status, status === "ok" || status === "warning" ? "" : "bad");
    add("Failure", entry.detail.e, "bad");
    add("Picture", entry.problem, "bad");
    for (const warning of entry.detail.w ?? []) add("Warning", warning);
    add("Before", entry.detail.b);
    if (data.format && data.format[i] >= 0) add("Format", data.formats[data.format[i]]);
    if (data.width[i]) add("Pixels", `${data.width[i]} × ${data.height[i]}`);
    if (data.bytes[i] >= 0) add("Size", bytes(data.bytes[i]));
    if (taken && taken[i]) add("Taken", date(taken[i]));
    if (data.camera && data.camera[i] >= 0) add("Camera", data.cameras[data.camera[i]]);
    for (let f = first[i]; f < first[i + 1]; f++) {
      const parts = [nameOf(label[f]), data.texts[i]?.[f - first[i]]].filter(part => part);
      add(data.tasks[taskOf(label[f])], `${parts.join(": ") || "found"}  ${(score[f] / 1000).toFixed(3)}`);
    }
    const measures = entry.detail.q ?? [];
    for (let k = 0; k + 1 < measures.length; k += 2) add(measures[k], measures[k + 1]);
    ["read", "decode", "wait", "infer"].forEach((stage, k) => entry.detail.t && add(stage, `${entry.detail.t[k]} ms`));
    const run = data.models && data.models[i] >= 0 ? data.runs[data.models[i]] : [];
    for (let k = 0; k < run.length; k += 3) add(`Model, ${run[k]}`, [run[k + 1], run[k + 2]].filter(part => part).join(", "));
    table.append(body);
    return table;
  }

  function open(i) {
    const k = list.indexOf(i);
    opened = i;
    chosen = k;
    const entry = line(i);
    $("name").textContent = path(i);
    $("place").textContent = k < 0 ? "" : `${text(k + 1)} of ${text(list.length)}`;
    $("previous").disabled = k <= 0;
    $("next").disabled = k < 0 || k + 1 >= list.length;
    if (!view.open) view.showModal();
    const stage = $("stage");
    stage.replaceChildren();
    const room = stage.getBoundingClientRect();
    const tall = innerWidth <= 760 ? innerHeight * .6 : room.height;
    const shown = picture(i, entry, room.width, tall, true);
    stage.append(shown ?? element("p", "why", entry.problem || entry.detail.e || "no thumbnail"));
    $("facts").replaceChildren(facts(i, entry));
    write();
  }
  const step = by => { if (list[chosen + by] !== undefined && chosen >= 0) open(list[chosen + by]); };
  /** Does not wait for the browser's event, as the next key may have moved the focus when that comes. */
  function close() {
    if (view.open) view.close();
    if (opened < 0) return;
    const place = chosen;
    opened = chosen = -1;
    $("stage").replaceChildren();
    write();
    if (place >= 0) go(place);
  }
  view.addEventListener("close", () => { if (!view.open) close(); });
  view.addEventListener("click", event => { if (event.target === view) close(); });
  $("close").addEventListener("click", close);
  $("previous").addEventListener("click", () => step(-1));
  $("next").addEventListener("click", () => step(1));

  // MARK: Events

  gallery.addEventListener("click", event => {
    const tile = event.target.closest(".tile");
    if (!tile || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    current = Number(tile.dataset.place);
    open(list[current]);
  });
  gallery.addEventListener("focusin", event => {
    const tile = event.target.closest(".tile");
    if (tile) current = Number(tile.dataset.place);
  });
  $("overview").addEventListener("click", event => {
    const {image, group: number} = event.target.dataset;
    if (image !== undefined) open(Number(image));
    if (number !== undefined) { clear(); shownGroup = Number(number); change(); go(0); }
  });
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(change, 120); };
  for (const id of ["query", "score", "from", "to", "order"]) $(id)?.addEventListener("input", soon);
  facets.forEach(facet => facet.rows.forEach((row, k) => row.input.addEventListener("change", () => {
    if (row.input.checked) facet.chosen.add(k); else facet.chosen.delete(k);
    change();
  })));
  function clear() {
    for (const id of ["query", "from", "to", "order"]) if ($(id)) $(id).value = "";
    $("score").value = 0;
    shownGroup = -1;
    for (const facet of facets) {
      for (const k of facet.chosen) facet.rows[k].input.checked = false;
      facet.chosen.clear();
    }
  }
  $("form").addEventListener("submit", event => event.preventDefault());
  $("form").addEventListener("reset", event => { event.preventDefault(); clear(); change(); });
  $("marks").addEventListener("change", () => {
    document.documentElement.classList.toggle("plain", !$("marks").checked);
  });

  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches("input:not([type=checkbox]), select");
    if (view.open) {
      if (event.key === "ArrowLeft") step(-1); else if (event.key === "ArrowRight") step(1);
      else if (event.key === "Escape") close(); else return;
      event.preventDefault();
      return;
    }
    if (event.key === "/" && !typing) {
      $("filters").open = true;
      $("query").focus();
      event.preventDefault();
      return;
    }
    if (event.key === "Escape") {
      if (event.target === $("query")) { if ($("query").value) { $("query").value = ""; change(); } else go(current); }
      else if (shownGroup >= 0) { shownGroup = -1; change(); go(current); }
      return;
    }
    if (event.key === "Enter" && event.target === $("query")) { event.preventDefault(); change(); go(0); return; }
    if (typing || event.target.matches("input, summary, button")) return;
    const rows = Math.max(1, Math.floor(innerHeight / height) - 1) * columns;
    const focused = gallery.contains(document.activeElement);
    const by = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, PageUp: -rows, PageDown: rows}[event.key];
    if (by) { if (focused) go(current + by); else if (event.key === "ArrowDown" || event.key === "ArrowRight") go(current); else return; }
    else if (event.key === "Home" && focused) go(0);
    else if (event.key === "End" && focused) go(list.length - 1);
    else if (event.key === "Enter" && focused) open(list[current]);
    else return;
    event.preventDefault();
  });
  addEventListener("scroll", redraw, {passive: true});
  addEventListener("hashchange", read);
  let oldRoom = 0;
  new ResizeObserver(() => {
    const room = gallery.clientWidth;
    if (room !== oldRoom) { oldRoom = room; layOut(); } else redraw();
  }).observe(gallery);

  document.documentElement.classList.add("on");
  if (innerWidth <= 760) $("filters").open = false;
  oldRoom = gallery.clientWidth;
  ownAddress = null;
  read();
})();
