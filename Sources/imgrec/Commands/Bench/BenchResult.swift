import Outputs
import Recognition
import Records

/// The rates that `imgrec bench` measured, in images per second.
struct BenchResult {
  struct Row {
    var what: String
    var setting: Tuning.Setting
    var imagesPerSecond: Double
  }

  /// Rates of one round: each measured once, in turn, so that drift of the machine's speed reaches all of them.
  struct Round {
    var decode: Double
    var infer: Double
    /// Both at once, each by itself.
    var decodeBeside: Double
    var inferBeside: Double
    var scan: Double
    /// The part of the images that reach the network.
    var decodable: Double

    /// The rate of a pipeline without any cost of its own: the time per image of both parts one after the other, less
    /// what the machine gains if it does both at once (memory and arithmetic overlap).
    var limit: Double {
      let gain = decodeBeside / decode + inferBeside / infer
      return max(1, gain.isFinite ? gain : 1) / (1 / decode + decodable / infer)
    }
  }

  /// The rate of the network alone on an engine, one instance per core.
  struct EngineRate {
    var use: EngineUse
    /// Version of the engine's library.
    var library: String
    var imagesPerSecond: Double
  }

  var key: String
  var images: Int
  var engines: [EngineRate]
  var rows: [Row]
  var setting: Tuning.Setting
  var rounds: [Round]

  var decode: Double { median(\.decode) }
  var infer: Double { median(\.infer) }
  /// Of whole scans with the best setting.
  var scan: Double { median(\.scan) }
  /// The highest limit of a round. A scan that was faster shows that the limit is higher still.
  var limit: Double { rounds.map { max($0.limit, $0.scan) }.max() ?? 0 }

  private func median(_ rate: (Round) -> Double) -> Double {
    let sorted = rounds.map(rate).sorted()
    return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
  }
}

/// The formats of the rates.
enum BenchFormat: String, ListingFormat {
  case table, json

  static let filed = BenchFormat.json
  static let piped = BenchFormat.table
}

extension BenchResult {
  func text(_ format: BenchFormat) -> String {
    switch format {
    case .table: table
    case .json: json
    }
  }

  private var table: String {
    func cell(_ value: Int, _ width: Int) -> String { pad(value == 0 ? "-" : "\(value)", width) }
    func pad(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(0, width - text.count)) + text
    }
    func rate(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
    var lines = engines.map { engine in
      "engine   " + engine.use.name.padding(toLength: 32, withPad: " ", startingAt: 0)
        + pad(rate(engine.imagesPerSecond), 10)
    }
    lines.append("         decoders instances threads batch  images/s")
    for row in rows {
      lines.append(
        row.what + String(repeating: " ", count: 8 - row.what.count) + cell(row.setting.decoders, 9)
          + cell(row.setting.instances, 10) + cell(row.setting.threads, 8) + cell(row.setting.maxBatch, 6)
          + pad(rate(row.imagesPerSecond), 10))
    }
    lines.append("measured again in turn: decode \(rate(decode)), infer \(rate(infer)), scan \(rate(scan)) images/s")
    lines.append("limit    \(rate(limit)) images/s; best \(rate(scan)), \(rate(scan / limit * 100)) % of it")
    return lines.joined(separator: "\n") + "\n"
  }

  private var json: String {
    var json = JSONWriter()
    func real(_ name: String, _ value: Double) {
      json.key(name)
      json.number(value, decimals: 2)
    }
    json.beginObject()
    json.key("schema")
    json.string("imgrec-bench/1")
    json.key("model")
    json.string(key)
    json.key("images")
    json.number(images)
    real("limit", limit)
    real("decode", decode)
    real("infer", infer)
    real("best", scan)
    json.key("engines")
    json.beginArray()
    for engine in engines {
      json.beginObject()
      json.key("engine")
      json.string(engine.use.name)
      real("images_per_second", engine.imagesPerSecond)
      json.endObject()
    }
    json.endArray()
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
      real("images_per_second", row.imagesPerSecond)
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return json.out.text + "\n"
  }
}
