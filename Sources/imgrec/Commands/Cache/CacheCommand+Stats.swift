import ArgumentParser
import Cache
import Platform
import Records

extension CacheCommand {
  struct Stats: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Report the contents and the size of the cache.")
    @OptionGroup var cache: FileOptions
    @Flag(help: "Print one JSON object.") var json = false

    func run() throws {
      try ExitStatus.report {
        let path = try cache.path()
        let stats = try SQLiteMaintenance.stats(path)
        if json { Console.json(Self.json(stats, path: path)) } else { Console.out(Self.text(stats, path: path)) }
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
}
