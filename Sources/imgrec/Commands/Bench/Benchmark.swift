import Dispatch
import Pipeline
import Platform
import Recognition
import Records
import Synchronization

/// Measurements of `imgrec bench`.
struct Benchmark {
  let assembly: Assembly
  let model: LoadedModel
  let options: ModelOptions
  let items: [Item]
  let seconds: Double

  struct Row {
    var what: String
    var setting: Tuning.Setting
    var imagesPerSecond: Double
  }

  struct Result {
    var key: String
    var rows: [Row]
    var best: Row
    var decode: Double
    var infer: Double

    var limit: Double { 1 / (1 / decode + 1 / infer) }
  }

  func run(report: (String) -> Void) throws(SetupError) -> Result {
    let cores = HostInfo.cores
    report("\(model.reference), \(items.count) images, \(cores) cores")
    let decoding = Tuning.Setting(decoders: cores, instances: 0, threads: 0, maxBatch: 0)
    var rows = [Row(what: "decode", setting: decoding, measureDecoding(cores))]

    // From one instance per core to one instance on all cores.
    var kind: EngineKind?
    for instances in 1...cores where cores % instances == 0 {
      let threads = cores / instances
      let engines = try engines(.init(decoders: cores, instances: instances, threads: threads, maxBatch: 1))
      kind = engines[0].kind
      for batch in [1, 2, 4, 8] where batch <= engines[0].maxBatch {
        let setting = Tuning.Setting(decoders: cores, instances: instances, threads: threads, maxBatch: batch)
        rows.append(Row(what: "infer", setting: setting, measureNetwork(engines, batch: batch)))
      }
    }
    let network = rows.filter { $0.what == "infer" }.sorted { $0.imagesPerSecond > $1.imagesPerSecond }
    var together: [Row] = []
    for candidate in network.prefix(2) {
      for decoders in Set([max(1, cores / 2), cores]).sorted() {
        var setting = candidate.setting
        setting.decoders = decoders
        together.append(Row(what: "scan", setting: setting, measureRun(try engines(setting), setting)))
      }
    }
    var best = together.max { $0.imagesPerSecond < $1.imagesPerSecond }!
    // The speed of a machine drifts while the rows are measured; rates that are compared are measured again, in turn.
    var rounds: [(decode: Double, infer: Double, scan: Double)] = []
    let alone = try engines(network[0].setting)
    let running = try engines(best.setting)
    for _ in 0..<3 {
      rounds.append(
        (
          measureDecoding(cores), measureNetwork(alone, batch: network[0].setting.maxBatch),
          measureRun(running, best.setting)
        ))
    }
    let median = { (rates: [Double]) in rates.sorted()[rates.count / 2] }
    best.imagesPerSecond = median(rounds.map(\.scan))
    return Result(
      key: Tuning.key(model, engine: kind!), rows: rows + together, best: best, decode: median(rounds.map(\.decode)),
      infer: median(rounds.map(\.infer)))
  }

  private func engines(_ setting: Tuning.Setting) throws(SetupError) -> [any Engine] {
    let workers = Assembly.Workers(
      decoders: setting.decoders, instances: setting.instances, threads: setting.threads)
    return try assembly.task(model, options: options, workers: workers).instances
  }

  /// Returns images per second through the pipeline without the network.
  private func measureDecoding(_ cores: Int) -> Double {
    measureRun(
      [IdleEngine(labels: model.labels.count)], .init(decoders: cores, instances: 1, threads: 1, maxBatch: 64))
  }

  /// Returns images per second through the whole pipeline.
  private func measureRun(_ engines: [any Engine], _ setting: Tuning.Setting) -> Double {
    let plan = ScanConfiguration(
      tasks: [TaskPlan(model: model, thresholds: Thresholds(card: model.card), instances: engines)],
      readers: min(2, setting.decoders), decoders: setting.decoders, maxBatch: setting.maxBatch,
      batchPixels: 24_000_000, memory: 1 << 30, maxFileSize: 256 << 20, keepsOrder: true)
    let feed = RepeatingFeed(items, seconds: seconds)
    let report = ScanPipeline(
      configuration: plan, feed: feed, sink: DiscardingSink(), stop: StopToken(), metrics: RunMetrics()
    )
    .run()
    return Double(report.inputs) / report.wallSeconds
  }

  /// Returns images per second through the network alone, with every instance busy.
  private func measureNetwork(_ engines: [any Engine], batch: Int) -> Double {
    let group = DispatchGroup()
    let done = Atomic<Int>(0)
    let seconds = self.seconds
    let transform = model.card.input.transform(of: PixelSize(width: 640, height: 480))
    let started = ContinuousClock.now
    for (n, engine) in engines.enumerated() {
      let engine = UncheckedEngine(engine)
      DispatchQueue(label: "imgrec.bench.\(n)").async(group: group) {
        let slots = (0..<batch).map { seed in
          let slot = PixelBuffer(size: transform.slot, order: transform.order)
          for index in 0..<slot.byteCount { slot.base[index] = UInt8(truncatingIfNeeded: index &* (31 + seed)) }
          return slot
        }
        while ContinuousClock.now - started < .seconds(seconds) {
          guard (try? engine.value.infer(slots) { _ in }) != nil else { return }
          done.add(batch, ordering: .relaxed)
        }
      }
    }
    group.wait()
    let elapsed = (ContinuousClock.now - started) / .seconds(1)
    return Double(done.load(ordering: .relaxed)) / elapsed
  }
}

/// An engine that is passed to the one worker that uses it.
private struct UncheckedEngine: @unchecked Sendable {
  let value: any Engine
  init(_ value: any Engine) { self.value = value }
}

/// Repeats the items for a given time.
private final class RepeatingFeed: Feed {
  private let items: [Item]
  private let end: ContinuousClock.Instant
  private var index = 0

  init(_ items: [Item], seconds: Double) {
    self.items = items
    end = .now + .seconds(seconds)
  }

  func next() -> Item? {
    guard ContinuousClock.now < end else { return nil }
    defer { index += 1 }
    let item = items[index % items.count]
    return Item(index: index, path: item.path, origin: item.origin)
  }
}

/// Discards the outcomes.
private final class DiscardingSink: Sink {
  func write(_ outcome: Outcome) {}
  func flush() {}
  func finish() {}
}

/// Returns zeros at once, so that a run with it measures reading and decoding.
private final class IdleEngine: Engine {
  let kind = EngineKind.opencv
  let maxBatch = 64
  private let zeros: [Float]

  init(labels: Int) { zeros = Array(repeating: 0, count: 64 * max(1, labels)) }

  func infer<R>(_ batch: [PixelBuffer], _ body: (Outputs) throws(Failure) -> R) throws(Failure) -> R {
    let classes = zeros.count / maxBatch
    return try zeros.withUnsafeBufferPointer { buffer throws(Failure) in
      let values = UnsafeBufferPointer(rebasing: buffer[..<(batch.count * classes)])
      return try body(
        Outputs(count: batch.count, tensors: [Tensor(name: "zeros", shape: [batch.count, classes], values: values)]))
    }
  }
}

extension Benchmark.Row {
  init(what: String, setting: Tuning.Setting, _ imagesPerSecond: Double) {
    self.init(what: what, setting: setting, imagesPerSecond: imagesPerSecond)
  }
}

extension Benchmark.Result {
  /// A table for the terminal.
  var text: String {
    func cell(_ value: Int, _ width: Int) -> String { pad(value == 0 ? "-" : "\(value)", width) }
    func pad(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(0, width - text.count)) + text
    }
    func rate(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
    var lines = ["         decoders instances threads batch  images/s"]
    for row in rows {
      lines.append(
        row.what.padding(8) + cell(row.setting.decoders, 9) + cell(row.setting.instances, 10)
          + cell(row.setting.threads, 8) + cell(row.setting.maxBatch, 6) + pad(rate(row.imagesPerSecond), 10))
    }
    lines.append(
      "measured again in turn: decode \(rate(decode)), infer \(rate(infer)), scan \(rate(best.imagesPerSecond)) images/s"
    )
    lines.append(
      "limit    \(rate(limit)) images/s; best \(rate(best.imagesPerSecond)), \(rate(best.imagesPerSecond / limit * 100)) % of it"
    )
    return lines.joined(separator: "\n") + "\n"
  }

  var json: String {
    var json = JSONWriter()
    json.beginObject()
    json.key("model")
    json.string(key)
    json.key("limit")
    json.number(limit, decimals: 2)
    json.key("decode")
    json.number(decode, decimals: 2)
    json.key("infer")
    json.number(infer, decimals: 2)
    json.key("best")
    json.number(best.imagesPerSecond, decimals: 2)
    json.key("rows")
    json.beginArray()
    for row in rows {
      json.beginObject()
      json.key("what")
      json.string(row.what)
      for (name, value) in [
        ("decoders", row.setting.decoders), ("instances", row.setting.instances), ("threads", row.setting.threads),
        ("max_batch", row.setting.maxBatch),
      ] {
        json.key(name)
        json.number(value)
      }
      json.key("images_per_second")
      json.number(row.imagesPerSecond, decimals: 2)
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return json.out.text + "\n"
  }
}

extension String {
  fileprivate func padding(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
