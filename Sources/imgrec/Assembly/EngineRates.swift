import Foundation
import Platform
import Recognition

/// Rates of networks by engine and precision, as `imgrec bench --save` measured them on this machine: `rates.json` in the
/// folder of settings. Its keys are the processor with its number of cores, the network's name in records, and the engine
/// with its precision.
struct EngineRates: Codable, Equatable {
  struct Rate: Codable, Equatable {
    /// Of the network alone, all cores busy.
    var imagesPerSecond: Double
    /// Version of the engine's library.
    var library: String

    enum CodingKeys: String, CodingKey {
      case imagesPerSecond = "images_per_second"
      case library
    }
  }

  /// By processor, network and engine.
  private var machines: [String: [String: [String: Rate]]] = [:]

  static let current = read()
  static var machine: String { "\(ProcessorInfo.current.name), \(HostInfo.cores) cores" }

  /// The rates of a network on this machine.
  func rates(of reference: String, machine: String = machine) -> [EngineUse: Rate] {
    let known = machines[machine]?[reference] ?? [:]
    var rates: [EngineUse: Rate] = [:]
    for use in EngineUse.all {
      if let rate = known[use.name], rate.imagesPerSecond.isFinite, rate.imagesPerSecond > 0 { rates[use] = rate }
    }
    return rates
  }

  mutating func set(_ rate: Rate, of reference: String, use: EngineUse, machine: String = machine) {
    machines[machine, default: [:]][reference, default: [:]][use.name] = rate
  }

  init() {}
  init(from decoder: any Decoder) throws { machines = try .init(from: decoder) }
  func encode(to encoder: any Encoder) throws { try machines.encode(to: encoder) }

  /// Adds rates of a network to the file. Those of other networks, engines and machines stay.
  static func save(_ rates: [EngineUse: Rate], of reference: String) throws(SetupError) {
    guard let file else { throw Tuning.noFolder }
    var all = read()
    for (use, rate) in rates { all.set(rate, of: reference, use: use) }
    try Tuning.write(all, to: file)
  }

  /// A file that cannot be read counts as empty: rates only save time.
  private static func read() -> EngineRates {
    guard let file, let data = try? FileSystem.contents(file) else { return EngineRates() }
    return (try? JSONDecoder().decode(EngineRates.self, from: data)) ?? EngineRates()
  }

  private static var file: String? { UserDirectories.config().map { "\($0)/rates.json" } }
}
