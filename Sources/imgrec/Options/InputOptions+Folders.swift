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
    let folder = folder.resolvedAsFarAsItExists
    return namedFolders.first { root in
      let root = root.resolvedAsFarAsItExists
      return root != folder && Self.contains(root, folder)
    }
  }

  /// The input folder that `folder` is or holds, and whether it is the same.
  func folder(within folder: RawPath) -> (root: RawPath, isSame: Bool)? {
    let folder = folder.resolvedAsFarAsItExists
    for root in namedFolders {
      let resolved = root.resolvedAsFarAsItExists
      if Self.contains(folder, resolved) { return (root, resolved == folder) }
    }
    return nil
  }

  /// Whether `other` is `folder` or lies in it; both are resolved.
  private static func contains(_ folder: RawPath, _ other: RawPath) -> Bool {
    other == folder || other.bytes.starts(with: folder.appending([]).bytes)
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
