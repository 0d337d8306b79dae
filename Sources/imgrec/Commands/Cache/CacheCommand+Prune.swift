import ArgumentParser
import Cache
import Platform

extension CacheCommand {
  struct Prune: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Remove the oldest results.")
    @OptionGroup var cache: FileOptions
    @Option(
      help: .init("Remove the oldest results until the cache has at most this size.", valueName: "size"),
      transform: ArgumentParsing.bytes(bareFrom: 1 << 20))
    var maxSize: Int?
    @Option(
      help: .init("Remove results older than this, such as 90d or 12h; a number alone is days.", valueName: "time"),
      transform: ArgumentParsing.time(1...3_153_600_000, unit: "d"))
    var maxAge: Double?

    func run() throws {
      try ExitStatus.report {
        try [
          OptionRule(
            maxSize == nil && maxAge == nil, "prune needs a limit", "Add --max-size SIZE, --max-age TIME, or both.")
        ].check()
        let count = try SQLiteMaintenance.prune(cache.path(), maxBytes: maxSize, maxAge: maxAge.map { Int($0) })
        Console.out("removed \(count) \(count == 1 ? "result" : "results")")
        return .done
      }
    }
  }
}
