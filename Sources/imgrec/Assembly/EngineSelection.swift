import EngineSupport
import ModelLibrary
import Platform
import Recognition

/// The engine and the precision of a network, and what decided.
struct EngineSelection {
  var use: EngineUse
  var reason: Reason

  enum Reason: Equatable {
    /// The options, or the order of the card.
    case order
    /// The card's figure of the precision, on a processor that has it.
    case figure(speedup: Double, agreement: Double)
    /// Rates that `imgrec bench --save` measured here, in images per second, of `use` and of what would run without them.
    case measured(Double, instead: EngineUse, Double)

    var text: String {
      func rounded(_ value: Double, _ digits: Double) -> String { "\((value * digits).rounded() / digits)" }
      switch self {
      case .order: return ""
      case .figure(let speedup, let agreement):
        return "\(rounded(speedup, 10)) times as fast as f32, agreement \(rounded(agreement, 1000))"
      case .measured(let rate, let other, let otherRate):
        return "\(rounded(rate, 10)) images/s, \(other.name) \(rounded(otherRate, 10)) (imgrec bench --save)"
      }
    }
  }

  /// What may run a network, the preferred first, without opening anything.
  ///
  /// - `precision` nil is auto: f32, and the formats whose figures on the card pay: before it where the processor is fast
  ///   in them, else after it.
  /// - `vendor` is the processor's: the card may have an order of its own for it.
  /// - `rates` of this machine decide if they include the one that would be preferred without them.
  static func order(
    _ card: ModelCard, engine: EngineKind?, precision: Precision?, device: ComputeDevice = .cpu,
    bf16: ProcessorInfo.BF16, vendor: String = "", rates: [EngineUse: Double] = [:]
  ) -> [EngineSelection] {
    let kinds = (engine.map { [$0] } ?? card.engines(on: vendor)).filter { $0.devices.contains(device) }
    guard device == .cpu else { return kinds.map { EngineSelection(use: EngineUse($0, on: device), reason: .order) } }
    var uses: [EngineSelection]
    if let precision {
      // Those that know more formats are the faster in them.
      let ranked = kinds.enumerated().sorted { one, other in
        let (a, b) = (formats(one.element, precision), formats(other.element, precision))
        return a == b ? one.offset < other.offset : a > b
      }
      uses = ranked.map { EngineSelection(use: EngineUse($0.element, precision), reason: .order) }
    } else {
      let figures = kinds.compactMap { card.figure(of: EngineUse($0, .bf16)) }.sorted { $0.speedup > $1.speedup }
      let short = figures.map {
        EngineSelection(
          use: EngineUse($0.engine, $0.precision), reason: .figure(speedup: $0.speedup, agreement: $0.agreement))
      }
      let plain = kinds.map { EngineSelection(use: EngineUse($0), reason: .order) }
      uses =
        switch bf16 {
        case .fast: short + plain
        case .slow: plain + short
        case .absent: plain
        }
    }
    guard let preferred = uses.first?.use, let usual = rates[preferred] else { return uses }
    let measured = uses.compactMap { selection in
      rates[selection.use].map { (selection.use, $0) }
    }.sorted { $0.1 > $1.1 }
    guard let best = measured.first, best.0 != preferred else { return uses }
    return [EngineSelection(use: best.0, reason: .measured(best.1, instead: preferred, usual))]
      + uses.filter { $0.use != best.0 }
  }

  /// Number of formats of an engine, for an order in another format than f32; f32 has the card's order.
  private static func formats(_ kind: EngineKind, _ precision: Precision) -> Int {
    precision == .f32 ? 0 : EngineRegistry.provider(kind).precisions.count
  }
}

extension Assembly {
  /// The engine and the precision of the options for a model, or the first in `EngineSelection.order` that opens.
  ///
  /// Opens the engine's library. Throws if none opens, or if the card does not know the chosen engine.
  func selection(for model: LoadedModel, _ options: ModelOptions) throws(SetupError) -> EngineSelection {
    // A second stage without a quantised network computes in f32.
    let precision = options.precision == .int8 && !model.isQuantised ? .f32 : options.precision
    return try selection(
      for: model.card, reference: model.reference, engine: options.engine, precision: precision,
      device: options.device)
  }

  /// The same for a card; `reference` is the network's name in records, nil: its rates are not known.
  func selection(
    for card: ModelCard, reference: String?, engine: EngineKind?, precision: Precision?, device: ComputeDevice = .cpu
  ) throws(SetupError) -> EngineSelection {
    // The options are for networks.
    let (choice, precision, device) = card.format == .computed ? (nil, nil, .cpu) : (engine, precision, device)
    let allowed = card.engines.map(\.rawValue).joined(separator: ", ")
    if let choice, !card.engines.contains(choice) {
      throw SetupError("\(card.name) was not verified on \(choice.rawValue); its engines are \(allowed)")
    }
    guard card.engines.contains(where: { $0.devices.contains(device) }) else {
      throw SetupError(
        "\(card.name) runs on \(allowed), none of which has --device \(device.rawValue)\n"
          + "Leave --device out, or name another model: imgrec models list shows them.")
    }
    var rates = reference.map { EngineRates.current.rates(of: $0) } ?? [:]
    while true {
      let order = EngineSelection.order(
        card, engine: choice, precision: precision, device: device, bf16: ProcessorInfo.current.bf16,
        vendor: ProcessorInfo.current.vendor, rates: rates.mapValues(\.imagesPerSecond))
      let (selection, version) = try first(of: order, card, choice: choice)
      // Rates of another version of the library do not count.
      guard case .measured = selection.reason, let rate = rates[selection.use], rate.library != version else {
        return try available(selection, card)
      }
      rates[selection.use] = nil
    }
  }

  /// Printed once, however many networks there are.
  private static let noteOnMissingBF16: Void = Console.note(
    "--precision bf16: this processor has no bf16, so f32 is computed and recorded")

  private func first(of order: [EngineSelection], _ card: ModelCard, choice: EngineKind?)
    throws(SetupError) -> (EngineSelection, version: String)
  {
    var problems: [String] = []
    for selection in order {
      let provider = EngineRegistry.provider(selection.use.kind)
      do throws(SetupError) {
        let version = try provider.open(on: selection.use.device).version
        // A figure on the card does not make a precision that the engine refuses on this processor.
        if case .figure = selection.reason, !provider.processorHas(selection.use.precision) { continue }
        return (selection, version)
      } catch {
        // A library or a device that the user names is not replaced by another.
        if selection.use.device != .cpu { throw Self.missing(selection.use.device, error) }
        if choice != nil || provider.library?.isNamed == true { throw error }
        if !problems.contains(error.description) { problems.append(error.description) }
      }
    }
    let allowed = card.engines.map(\.rawValue).joined(separator: ", ")
    throw SetupError("\(card.name) runs on \(allowed). \(problems.joined(separator: ". "))")
  }

  /// The error of a device that this machine lacks, with the way out.
  private static func missing(_ device: ComputeDevice, _ error: SetupError) -> SetupError {
    let lines = error.description.split(separator: "\n", maxSplits: 1).map(String.init)
    let advice = lines.count > 1 ? "\(lines[1]), or leave" : "Leave"
    return SetupError("--device \(device.rawValue): \(lines[0])\n\(advice) --device out.")
  }

  /// The selection in a precision that the engine and the processor have. A precision that was asked for and that the
  /// engine does not know at all is a mistake; one that only this processor lacks becomes f32, as OpenVINO itself does.
  private func available(_ selection: EngineSelection, _ card: ModelCard) throws(SetupError) -> EngineSelection {
    let use = selection.use
    let provider = EngineRegistry.provider(use.kind)
    if use.precision == .bf16, !provider.precisions.contains(.bf16) {
      throw SetupError.usage(
        "--precision bf16 needs the engine openvino; \(card.name) runs on \(use.kind.rawValue)",
        "Add --engine openvino, or leave --precision out.")
    }
    guard !provider.processorHas(use.precision) else { return selection }
    _ = Self.noteOnMissingBF16
    return EngineSelection(use: EngineUse(use.kind), reason: .order)
  }
}
