import Platform

/// How an image is filed.
public enum FilingForm: String, Sendable, CaseIterable { case symbolic, hard, copy }

/// Files images in folders: as links or copies, under their own names, and never over anything that is there.
public struct FiledImages {
  /// What became of an image in a folder.
  public enum Result: Equatable, Sendable {
    /// It has this new name.
    case filed(RawPath)
    /// An earlier run, or an earlier record, filed it under this name.
    case present(RawPath)
  }

  private let form: FilingForm
  /// Nothing is made.
  private let isTrial: Bool
  /// Names that a trial would have made.
  private var planned: [RawPath: RawPath] = [:]
  /// Folders that are there.
  private var folders: Set<RawPath> = []

  public init(_ form: FilingForm, isTrial: Bool = false) {
    self.form = form
    self.isTrial = isTrial
  }

  /// Files the image at `source`, an absolute path, in `folder`, under its own name unless another is given. Another
  /// image of the name gets a number: `a-1.jpg`.
  public mutating func file(
    _ source: RawPath, in folder: RawPath, as name: RawPath? = nil
  ) throws(FileError) -> Result {
    if !isTrial, folders.insert(folder).inserted { try AtomicFile.makeFolder(folder) }
    let plain = folder.appending(name?.bytes[...] ?? source.lastComponent)
    var number = 0
    while true {
      let name = number == 0 ? plain : AtomicFile.numbered(plain, number)
      number += 1
      if let other = planned[name] {
        if other == source { return .present(name) }
        continue
      }
      var status = stat()
      if name.withCString({ lstat($0, &status) }) == 0 {
        if try isSame(name, status, source) { return .present(name) }
        continue
      }
      guard errno == ENOENT || errno == ENOTDIR && isTrial else { throw FileError(name) }
      if isTrial { planned[name] = source } else if try !make(name, source) { continue }
      return .filed(name)
    }
  }

  /// Creates the entry; false if another process made one of that name.
  private func make(_ name: RawPath, _ source: RawPath) throws(FileError) -> Bool {
    switch form {
    case .symbolic, .hard:
      let isMade = source.withCString { source in
        name.withCString { name in
          // A hard link is of the file, also if the path that names it is a link itself.
          form == .symbolic ? symlink(source, name) : linkat(AT_FDCWD, source, AT_FDCWD, name, AT_SYMLINK_FOLLOW)
        }
      }
      if isMade == 0 { return true }
      guard errno == EEXIST else { throw FileError(name) }
      return false
    case .copy:
      do throws(FileError) { try FileCopy.make(of: source, at: name) } catch {
        guard error.code == EEXIST else { throw error }
        return false
      }
      return true
    }
  }

  /// Whether the entry `name` is what this form makes of `source`.
  private func isSame(_ name: RawPath, _ status: stat, _ source: RawPath) throws(FileError) -> Bool {
    switch form {
    case .symbolic:
      return status.st_mode & S_IFMT == S_IFLNK && FileIdentity(name) == FileIdentity(source)
    case .hard: return FileIdentity(status) == FileIdentity(source)
    case .copy:
      guard status.st_mode & S_IFMT == S_IFREG else { return false }
      return try FileCopy.isSame(name, source)
    }
  }
}
