import ArgumentParser
import Cache
import Platform

extension CacheCommand {
  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Check the file and every result in it.", discussion: "The exit status is 1 if the cache is damaged.")
    @OptionGroup var cache: FileOptions

    func run() throws {
      try ExitStatus.report {
        let problems = try SQLiteMaintenance.verify(cache.path())
        Console.out(problems.isEmpty ? "ok" : problems.joined(separator: "\n"))
        return problems.isEmpty ? .done : .partialFailure
      }
    }
  }
}
