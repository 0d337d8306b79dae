import ArgumentParser
import Cache
import Platform

extension CacheCommand {
  struct Clear: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Delete the cache, even a damaged one.",
      discussion: "A file named with --file is deleted only if it is a cache of this version.")
    @OptionGroup var cache: FileOptions

    func run() throws {
      try ExitStatus.report {
        try SQLiteMaintenance.clear(cache.path(), evenDamaged: cache.file == nil)
        return .done
      }
    }
  }
}
