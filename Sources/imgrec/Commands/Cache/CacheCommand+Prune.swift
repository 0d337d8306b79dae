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

    func validate() throws {
      if maxSize == nil, maxAge == nil { throw ValidationError("Use --max-size, --max-age, or both.") }
    }

    func run() throws {
      try ExitStatus.report {
        let count = try SQLiteMaintenance.prune(cache.path(), maxBytes: maxSize, maxAgeDays: maxAge)
        Console.out("removed \(count) \(count == 1 ? "result" : "results")")
        return .done
      }
    }
  }
}
