import ArgumentParser
import Cache
import Platform

/// `imgrec cache`: maintenance of the embedded cache.
struct CacheCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cache", abstract: "Show, shrink, clear or check the cache of results.",
    discussion: "The cache is $XDG_CACHE_HOME/imgrec/results.sqlite, or ~/.cache/imgrec/results.sqlite.",
    subcommands: [Stats.self, Prune.self, Clear.self, Verify.self], defaultSubcommand: Stats.self)

  struct FileOptions: ParsableArguments {
    @Option(
      help: .init("Use another cache, as with scan's --cache sqlite:FILE.", valueName: "file"), completion: .file())
    var file: String?

    func path() throws(SetupError) -> String {
      guard let path = file ?? CacheLocation.standard else {
        throw SetupError("no home directory for the cache; set XDG_CACHE_HOME or use --file")
      }
      return path
    }
  }
}
