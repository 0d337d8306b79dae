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

    func validate() throws {
      if maxSize == nil, maxAge == nil { throw ValidationError("Use --max-size, --max-age, or both.") }
    }

    func run() throws {
      try ExitStatus.report {
        let count = try SQLiteMaintenance.prune(cache.path(), maxBytes: maxSize, maxAge: maxAge.map { Int($0) })
        print("removed \(count) \(count == 1 ? "result" : "results")")
        return .done
      }
    }
  }
}
