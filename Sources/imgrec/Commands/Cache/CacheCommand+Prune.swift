import ArgumentParser
import Cache
import Platform

extension CacheCommand {
  struct Prune: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Remove the oldest results.")
    @OptionGroup var cache: FileOptions
    @Option(
      help: .init("Remove the oldest results until the cache has at most this size.", valueName: "size"),
      transform: ArgumentParsing.bytes)
    var maxSize: Int?
    @Option(help: .init("Remove results older than this.", valueName: "days"), transform: ArgumentParsing.count)
    var maxAge: Int?

    func run() throws {
      try ExitStatus.report {
        try [
          OptionRule(
            maxSize == nil && maxAge == nil, "prune needs a limit", "Add --max-size SIZE, --max-age DAYS, or both.")
        ].check()
        let count = try SQLiteMaintenance.prune(cache.path(), maxBytes: maxSize, maxAgeDays: maxAge)
        print("removed \(count) \(count == 1 ? "result" : "results")")
        return .done
      }
    }
  }
}
