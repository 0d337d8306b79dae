import ArgumentParser
import Cache
import Platform
import Records

/// `imgrec cache`: looks after the embedded store.
struct CacheCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cache", abstract: "Shows, bounds and clears the results that are kept.",
    discussion: "They are kept in $XDG_CACHE_HOME/imgrec/results.sqlite, or in ~/.cache/imgrec/results.sqlite.",
    subcommands: [Stats.self, Prune.self, Clear.self, Verify.self], defaultSubcommand: Stats.self)

  struct Place: ParsableArguments {
    @Option(help: .init("A store of your own, as scan's --cache sqlite:FILE.", valueName: "file"))
    var file: String?

    func path() throws(SetupError) -> String {
      guard let path = file ?? CacheLocation.standard else {
        throw SetupError("there is no home directory to keep results in: set XDG_CACHE_HOME")
      }
      return path
    }
  }

  struct Stats: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Tells what is kept.")
    @OptionGroup var place: Place
    @Flag(help: "Print one JSON object.") var json = false

    func run() throws {
      try ExitStatus.report {
        let path = try place.path()
        let stats = try SQLiteMaintenance.stats(path)
        print(json ? Self.json(stats, path: path) : Self.text(stats, path: path))
        return .done
      }
    }

    private static func text(_ stats: SQLiteMaintenance.Stats, path: String) -> String {
      var lines = ["\(path): \(stats.answers) answers, \(stats.stamps) files, \(stats.bytes) bytes"]
      for query in stats.questions { lines.append("  \(query.answers) \(query.text)") }
      return lines.joined(separator: "\n")
    }

    private static func json(_ stats: SQLiteMaintenance.Stats, path: String) -> String {
      var json = JSONWriter()
      json.beginObject()
      json.key("path")
      json.string(path)
      for (key, value) in [("answers", stats.answers), ("stamps", stats.stamps), ("bytes", stats.bytes)] {
        json.key(key)
        json.number(value)
      }
      json.key("questions")
      json.beginArray()
      for query in stats.questions {
        json.beginObject()
        json.key("question")
        json.string(query.text)
        json.key("answers")
        json.number(query.answers)
        json.endObject()
      }
      json.endArray()
      json.endObject()
      return json.out.text
    }
  }

  struct Prune: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lets the oldest results go.")
    @OptionGroup var place: Place
    @Option(help: .init("Keep at most so much.", valueName: "size"), transform: ArgumentParsing.bytes) var maxSize: Int?
    @Option(help: .init("Keep what is at most so old.", valueName: "days"), transform: ArgumentParsing.count)
    var maxAge: Int?

    func validate() throws {
      if maxSize == nil, maxAge == nil { throw ValidationError("Say --max-size, --max-age, or both.") }
    }

    func run() throws {
      try ExitStatus.report {
        let gone = try SQLiteMaintenance.prune(place.path(), maxBytes: maxSize, maxAgeDays: maxAge)
        print("\(gone) results went")
        return .done
      }
    }
  }

  struct Clear: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Deletes the store, also a damaged one.")
    @OptionGroup var place: Place

    func run() throws {
      try ExitStatus.report {
        try SQLiteMaintenance.clear(place.path(), evenDamaged: place.file == nil)
        return .done
      }
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Checks the file, and every result in it.", discussion: "Exit code 1 where something is wrong.")
    @OptionGroup var place: Place

    func run() throws {
      try ExitStatus.report {
        let problems = try SQLiteMaintenance.verify(place.path())
        print(problems.isEmpty ? "ok" : problems.joined(separator: "\n"))
        return problems.isEmpty ? .done : .partialFailure
      }
    }
  }
}
