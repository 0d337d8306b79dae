import Foundation
import ModelLibrary
import Platform
import Recognition

extension ModelStore {
  /// Models of the zoo with at least one file present.
  var present: [ModelCard] {
    zoo.cards.filter { card in
      if case .missing(let names) = presence(of: card) { names.count < card.files.count } else { true }
    }
  }
}

/// Formats the output of `models list` and `models info`.
enum ModelListing {
  static func table(_ store: ModelStore) -> String {
    var rows = [["NAME", "TASK", "SIZE", "LICENCE", "ENGINES", "HERE", "SUMMARY"]]
    for card in store.zoo.cards {
      let isDefault = card.task.defaultModel == card.name
      rows.append([
        card.name + (isDefault ? " *" : ""), card.task.rawValue, ModelStore.size(ModelStore.bytes(of: card)),
        card.licence, card.engines.map(\.rawValue).joined(separator: ","),
        here(store.presence(of: card)), card.summary,
      ])
    }
    return aligned(rows) + "\n* default model of its task"
  }

  private static func here(_ presence: ModelStore.Presence) -> String {
    switch presence {
    case .here: "yes"
    case .missing: "not pulled"
    case .damaged: "damaged"
    }
  }

  /// Formats columns two spaces apart; the last is not padded.
  private static func aligned(_ rows: [[String]]) -> String {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      row.enumerated().map { column, cell in
        column == row.count - 1 ? cell : cell.padding(toLength: widths[column] + 2, withPad: " ", startingAt: 0)
      }.joined()
    }.joined(separator: "\n")
  }

  static func json(_ store: ModelStore) throws(SetupError) -> String {
    try encode(store.zoo.cards.map { Entry(card: $0, store: store) })
  }

  static func json(_ card: ModelCard) throws(SetupError) -> String { try encode(card) }

  /// A model, as `models list --json` prints it.
  private struct Entry: Encodable {
    let name, task, summary, licence: String
    let engines: [EngineKind]
    let bytes: Int
    let here, isDefault: Bool
    let path: String?

    enum CodingKeys: String, CodingKey {
      case name, task, summary, licence, engines, bytes, here, path
      case isDefault = "default"
    }

    init(card: ModelCard, store: ModelStore) {
      name = card.name
      task = card.task.rawValue
      summary = card.summary
      licence = card.licence
      engines = card.engines
      bytes = ModelStore.bytes(of: card)
      here = store.presence(of: card) == .here
      isDefault = card.task.defaultModel == card.name
      path = try? store.networkPath(of: card)
    }
  }

  private static func encode(_ value: some Encodable) throws(SetupError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do { return String(decoding: try encoder.encode(value), as: UTF8.self) } catch {
      throw SetupError("the card cannot be written as JSON: \(error)")
    }
  }

  /// Formats the whole card as text; `store` is given for a model of the zoo.
  static func text(_ card: ModelCard, store: ModelStore?) -> String {
    var lines = ["\(card.name): \(card.summary)"]
    func add(_ key: String, _ value: String?) {
      if let value { lines.append("  " + key.padding(toLength: 10, withPad: " ", startingAt: 0) + value) }
    }
    add("task", card.task.rawValue + (card.task.defaultModel == card.name ? " (its default)" : ""))
    add("licence", card.licence)
    add("homepage", card.homepage)
    add("format", card.format.rawValue)
    add(
      "engines",
      card.engines(on: ProcessorInfo.current.vendor).map(\.rawValue).joined(separator: ", ")
        + (card.engines.count > 1 ? ", best first" : ""))
    add("input", input(card.input))
    add("sample x", "(x - \(card.input.mean.map(number))) * \(card.input.scale.map(number))".filter { $0 != "\"" })
    add("outputs", card.outputs?.joined(separator: ", "))
    add("head", card.head.kind.rawValue)
    add("then", card.steps?.joined(separator: ", "))
    add("then", card.optionalSteps.map { "\($0.joined(separator: ", ")), if installed" })
    if let labels = card.labels { add("labels", labels.names?.joined(separator: ", ") ?? labels.file) }
    if let defaults = card.defaults { add("defaults", describe(defaults)) }
    for figure in card.accuracy ?? [] {
      add("accuracy", "\(figure.metric) \(number(Float(figure.value))) on \(figure.data) (\(figure.source))")
    }
    for figure in card.precisions ?? [] {
      add(
        figure.precision.rawValue,
        "\(figure.speedup) times as fast on \(figure.engine.rawValue), agreement \(figure.agreement): \(figure.data) "
          + "(\(figure.source))")
    }
    for file in card.files {
      let missing = store.map { store in
        if case .missing(let names) = store.presence(of: card) { names.contains(file.name) } else { false }
      }
      let size = file.bytes.map { ", \($0) bytes" } ?? ""
      add(file.role.rawValue, "\(store?.path(of: file, card: card) ?? file.name)\(size)")
      if missing == true { add("", "missing: \(origin(file.source))") }
      if let digest = file.sha256 { add("", "SHA-256 \(digest)") }
    }
    return lines.joined(separator: "\n")
  }

  private static func origin(_ source: ModelCard.Source?) -> String {
    if let apt = source?.apt { return "apt-get install \(apt)" }
    return "imgrec models pull fetches it" + ((source?.pip ?? source?.url).map { " from \($0)" } ?? "")
  }

  private static func input(_ input: InputSpec) -> String {
    let side = input.resize.side.map { "\($0)" }
    let size = "\(input.width)x\(input.height)"
    let shape =
      switch input.resize.rule {
      case .shortSide: "short side \(side ?? "\(min(input.width, input.height))"), centre \(size)"
      case .stretch: side.map { "stretched to \($0)x\($0), centre \(size)" } ?? "stretched to \(size)"
      case .letterbox:
        "fitted into \(size), padded with \(input.resize.pad ?? 0)"
          + (input.resize.multiple.map { multiple in
            " by at least \(input.resize.margin ?? 0), to a multiple of \(multiple)"
          } ?? "")
      case .native: "unscaled, in tiles of \(size)"
      case .fit:
        "long side at most \(side ?? "\(max(input.width, input.height))")"
          + (input.resize.multiple.map { ", padded to a multiple of \($0)" } ?? "")
          + (input.resize.overview.map { ", and a copy of \($0)x\($0)" } ?? "")
      case .snap:
        "short side at least \(input.resize.least ?? 1), long side at most \(side ?? "\(input.width)"), "
          + "stretched to a multiple of \(input.resize.multiple ?? 1)"
      case .page:
        "short side at least \(input.resize.least ?? 1) and at most \(side ?? "as it is"), in overlapping pieces"
          + (input.resize.halved == true ? ", at half of it first" : "")
      case .line:
        "height \(input.height), width in proportion"
          + (input.resize.condensed.map { ", long lines condensed to \(number(Float($0))) of that" } ?? "")
          + ", padded to at least \(input.width)"
      }
    return "\(input.channels.rawValue), \(input.layout.rawValue), \(shape), \(input.filter.rawValue) filter"
  }

  private static func describe(_ defaults: ModelCard.Defaults) -> String {
    let top = defaults.top.map { "top \($0)" }
    let minimum = defaults.minConfidence.map { "confidence at least \(number($0))" }
    let iou = defaults.iou.map { "overlap at most \(number($0))" }
    let distance = defaults.maxDistance.map { "distance at most \(number($0))" }
    return [top, minimum, iou, distance].compactMap(\.self).joined(separator: ", ")
  }

  /// Formats a number without a redundant ".0".
  private static func number(_ value: Float) -> String {
    value == value.rounded() && abs(value) < 1e6 ? "\(Int(value))" : "\(value)"
  }
}
