import ArgumentParser
import Foundation
import ModelLibrary
import Recognition

/// Values that a shell offers when the user presses TAB; a shell asks this executable for them, so that they are those
/// of the installed version.
extension CompletionKind {
  /// Names of the zoo's models, or of those of one task; files, if the word looks like a path.
  static func models(of task: TaskKind? = nil) -> CompletionKind {
    .custom { _, _, prefix in
      prefix.contains("/") || prefix.hasPrefix(".") ? files(startingWith: prefix) : modelNames(of: task)
    }
  }

  /// Names of the zoo's models, with commas between them; files, if the word looks like a path.
  static let modelList = CompletionKind.custom { _, _, prefix in
    prefix.contains("/") || prefix.hasPrefix(".")
      ? files(startingWith: prefix) : commaSeparated(modelNames(), after: prefix, maxCount: Int.max)
  }

  /// Two model names with a comma between them.
  static let modelPair = CompletionKind.custom { _, _, prefix in
    commaSeparated(modelNames(), after: prefix, maxCount: 2)
  }

  /// Tasks of `imgrec scan`, with commas between them.
  static let tasks = CompletionKind.custom { _, _, prefix in
    commaSeparated(TaskKind.scanned.map(\.rawValue), after: prefix, maxCount: TaskKind.scanned.count)
  }

  private static func modelNames(of task: TaskKind? = nil) -> [String] {
    let zoo = ModelZoo.embedded
    return (task.map(zoo.cards(of:)) ?? zoo.cards).map(\.name)
  }

  /// Returns `prefix` up to its last comma, followed by each of the values that it does not contain yet.
  private static func commaSeparated(_ values: [String], after prefix: String, maxCount: Int) -> [String] {
    let chosen = prefix.split(separator: ",", omittingEmptySubsequences: false).dropLast().map(String.init)
    guard chosen.count < maxCount else { return [] }
    return values.filter { !chosen.contains($0) }.map { (chosen + [$0]).joined(separator: ",") }
  }

  /// Returns the entries of the folder that `prefix` names whose names begin with its last component.
  private static func files(startingWith prefix: String) -> [String] {
    let slash = prefix.lastIndex(of: "/")
    let folder = slash.map { String(prefix[...$0]) } ?? ""
    let start = slash.map { prefix[prefix.index(after: $0)...] } ?? prefix[...]
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)) ?? []
    return names.filter { $0.hasPrefix(start) }.sorted().map { folder + $0 }
  }
}
