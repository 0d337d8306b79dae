import Platform
import Recognition

extension DirectoryWalk {
  /// Why a walk that has ended found nothing: which rule left out how much, in the order in which a user would look.
  public var noImagesMessage: String {
    let reasons = IgnoreReason.allCases.compactMap(explanation)
    let nothing = rootCount == 0 ? "the lists are empty" : "there are no files in them"
    return "no images among the inputs: " + (reasons.isEmpty ? nothing : reasons.joined(separator: "; "))
  }

  /// Returns what was passed over for `reason`; nil if nothing was.
  private func explanation(_ reason: IgnoreReason) -> String? {
    if reason == .notAnImage {
      let extensions = tally.extensions
      guard extensions.total > 0 else { return nil }
      let verb = extensions.total == 1 ? "file is not an image" : "files are not images"
      let hasArchive = extensions.counts.keys.contains { Container.isNamed(RawPath("a.\($0)")) }
      return "\(extensions.total) \(verb) (\(extensions.text))"
        + (hasArchive ? ", and archives are read only if they are named" : "")
    }
    let (files, folders) = tally.count(reason)
    let count = [Self.counted(folders, "folder"), Self.counted(files, "file")].compactMap(\.self).joined(
      separator: " and ")
    guard !count.isEmpty else { return nil }
    let isOne = files + folders == 1
    switch reason {
    case .notAnImage: return nil
    case .glob: return "\(Self.flags("glob", options.include)) left out \(count)"
    case .exclude: return "\(Self.flags("exclude", options.exclude)) left out \(count)"
    case .depth: return "--max-depth \(options.maxDepth ?? 0) left out \(count)"
    case .hidden: return "\(count) \(isOne ? "is" : "are") hidden (--hidden reads \(isOne ? "it" : "them"))"
    case .link:
      let archived = Self.counted(files, "link").map { "\($0) in archives" }
      let onDisk = Self.counted(folders, "link").map {
        folders == 1 ? "\($0) to a folder (--follow reads it)" : "\($0) to folders (--follow reads them)"
      }
      return "not followed: " + [onDisk, archived].compactMap(\.self).joined(separator: ", ")
    case .visited: return "\(count) \(isOne ? "was" : "were") visited before"
    case .outputFolder: return "the run writes into \(count)"
    case .unreadable: return "\(count) cannot be read"
    case .noPicture: return "\(files) record\(isOne ? " holds" : "s hold") no picture"
    case .samples:
      return
        "\(files) record\(isOne ? " holds" : "s hold") raw samples, which are read if they have 8 bits and the record "
        + "states height and width"
    }
  }

  private static func counted(_ count: Int, _ noun: String) -> String? {
    count == 0 ? nil : "\(count) \(noun)\(count == 1 ? "" : "s")"
  }

  /// The flags as the user wrote them: `--glob '*.jpg' --iglob '*.png'`.
  private static func flags(_ name: String, _ globs: [Glob]) -> String {
    globs.map { "--\($0.ignoresCase ? "i" : "")\(name) '\($0)'" }.joined(separator: " ")
  }
}
