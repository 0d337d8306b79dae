import Foundation
import Platform

/// How output folders lie to the named input folders.
extension InputOptions {
  /// The inputs of the command line that are folders.
  var namedFolders: [RawPath] {
    RawArguments().paths(paths).filter { path in
      var status = stat()
      return path != RawPath("-") && LongPath.examine(path, &status) == 0 && LongPath.kind(status) == S_IFDIR
    }
  }

  /// The input folder in which `folder` lies; nil if it lies in none or is one itself.
  func folder(around folder: RawPath) -> RawPath? {
    namedFolders.first { Self.contains($0, folder) && Self.real($0) != Self.real(folder) }
  }

  /// The input folder that `folder` is or holds, and whether it is the same.
  func folder(within folder: RawPath) -> (root: RawPath, isSame: Bool)? {
    namedFolders.first { Self.contains(folder, $0) }.map { ($0, Self.real($0) == Self.real(folder)) }
  }

  private static func contains(_ folder: RawPath, _ other: RawPath) -> Bool {
    let (folder, other) = (real(folder), real(other))
    return other == folder || other.hasPrefix(folder == "/" ? folder : folder + "/")
  }

  /// The absolute path with links resolved, as far as it exists.
  static func real(_ path: RawPath) -> String {
    var existing = URL(fileURLWithPath: path.description).standardizedFileURL
    var rest: [String] = []
    while !FileManager.default.fileExists(atPath: existing.path), existing.path != "/" {
      rest.insert(existing.lastPathComponent, at: 0)
      existing.deleteLastPathComponent()
    }
    let base = existing.resolvingSymlinksInPath().path
    return rest.isEmpty ? base : (base == "/" ? "" : base) + "/" + rest.joined(separator: "/")
  }

  /// Throws if pictures may be replaced and the inputs, which are not known before the run, may be among them.
  func refuseOverwriting(_ onExists: OnExists) throws(SetupError) {
    guard onExists == .overwrite else { return }
    throw SetupError(
      "--on-exists overwrite needs inputs that are known before the run, so that none of them is replaced; write the "
        + "list to a file, and use --files-from FILE")
  }

  /// Creates an output folder that lies in an input folder, so that the walk recognises it, and reports that it is left
  /// out. Returns its identity, whether or not it lies there; nil if it does not exist.
  func leaveOut(_ folder: RawPath, option: String, quiet: Bool) throws(SetupError) -> FileIdentity? {
    if let root = self.folder(around: folder) {
      try FileSystem.createDirectory(folder.description)
      if !quiet { Console.note("\(option) \(folder) lies in \(root) and is left out of the inputs") }
    }
    return FileIdentity(folder)
  }
}
