import Foundation
import Platform
import Recognition

/// The right classes of images: by the name of their folder, or by a list.
struct ClassTruth {
  private let names: [String]
  /// Index of each of `names`.
  private let indices: [String: Int]
  /// By path relative to the folder of images, and by absolute path; nil: the folders' names are the labels.
  private var listed: [String: Int]?
  private var folder = ""

  init(labels: [String]) {
    names = labels.map(Self.normalised)
    indices = Dictionary(zip(names, names.indices)) { first, _ in first }
  }

  /// Reads lines of `path,label`, in which the label is a name or an index from 0. A first line with the words path and
  /// label is a header.
  init(file: String, folder: String, labels: [String]) throws(SetupError) {
    self.init(labels: labels)
    self.folder = folder
    var listed: [String: Int] = [:]
    let text = String(decoding: try FileSystem.contents(file), as: UTF8.self)
    for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      guard !line.isEmpty else { continue }
      // A path may contain commas.
      let comma = line.lastIndex(of: "\t") ?? line.lastIndex(of: ",")
      let parts = (comma.map { [line[..<$0], line[line.index(after: $0)...]] } ?? []).map {
        $0.trimmingCharacters(in: CharacterSet(charactersIn: "\" "))
      }
      if number == 0, parts.count == 2, parts[1] == "label" { continue }
      guard parts.count == 2, let index = index(of: parts[1], count: labels.count) else {
        let problem = parts.count == 2 ? "\"\(parts[1])\" is no label of the model" : "path,label is expected"
        throw SetupError(
          "\(file): line \(number + 1): \(problem)\n"
            + "The labels: imgrec models info NAME, or their indices from 0 to \(max(0, labels.count - 1)).")
      }
      listed[parts[0]] = index
    }
    guard !listed.isEmpty else { throw SetupError("\(file) lists no image\nEach line is path,label.") }
    self.listed = listed
  }

  /// The index of the right class; nil if it is not known.
  func label(of path: RawPath) -> Int? {
    let path = path.description
    guard let listed else {
      return index(named: ((path as NSString).deletingLastPathComponent as NSString).lastPathComponent)
    }
    var relative = path[...]
    if path.hasPrefix(folder) { relative = path.dropFirst(folder.count).drop { $0 == "/" } }
    return listed[String(relative)] ?? listed[path]
  }

  private func index(of label: String, count: Int) -> Int? {
    index(named: label) ?? Int(label).flatMap { (0..<count).contains($0) ? $0 : nil }
  }

  private func index(named label: String) -> Int? {
    let name = Self.normalised(label)
    return indices[name] ?? indices[LabelNames.known(name, among: names)]
  }

  /// "Egyptian_cat" and "egyptian cat" are one name.
  private static func normalised(_ name: String) -> String {
    name.lowercased().replacingOccurrences(of: "_", with: " ").replacingOccurrences(of: "-", with: " ")
  }
}
