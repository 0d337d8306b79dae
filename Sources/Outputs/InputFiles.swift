import Platform

/// The files that a run reads, so that none of its outputs falls on one.
public struct InputFiles {
  /// Each with its part in the run, such as "an input of this run".
  private var files: [(path: RawPath, identity: FileIdentity?, role: String)] = []
  /// Folders, each with the part of a picture in it.
  private var folders: [(path: RawPath, role: String)] = []
  private var descriptors: [(descriptor: Int32, role: String)] = []
  /// Whether a walk takes a file of this name for an image.
  public var isImageName: (RawPath) -> Bool = { _ in false }
  /// Whether a list names the file; called only before a file that is not imgrec's own is replaced.
  public var isListed: (FileIdentity) -> Bool = { _ in false }

  public init() {}

  /// Adds a file, or a folder in which pictures have the part `folderRole`.
  public mutating func add(_ path: RawPath, role: String, folderRole: String? = nil) {
    var status = stat()
    guard LongPath.examine(path, &status) == 0 else { return files.append((path, nil, role)) }
    if LongPath.kind(status) == S_IFDIR {
      if let folderRole { folders.append((path, folderRole)) }
    } else {
      files.append((path, FileIdentity(status), role))
    }
  }

  /// Adds a folder that need not exist yet.
  public mutating func add(folder: RawPath, role: String) { folders.append((folder, role)) }

  /// Adds the file behind a descriptor, such as a list on standard input.
  public mutating func add(descriptor: Int32, role: String) { descriptors.append((descriptor, role)) }

  /// The part that an output would have in the run; nil if it has none. `identity` is nil if there is no such file.
  func role(of path: RawPath, _ identity: FileIdentity?, isImage: Bool, replacesOthers: Bool) -> String? {
    let target = path.resolved
    for file in files {
      if let identity, file.identity == identity { return file.role }
      if identity == nil, file.identity == nil, let target, file.path.resolved == target { return file.role }
    }
    if let identity {
      for entry in descriptors where FileIdentity(regular: entry.descriptor) == identity { return entry.role }
      if replacesOthers, isListed(identity) { return "an input of this run" }
    }
    guard let target, isImage || isImageName(path) else { return nil }
    for folder in folders {
      guard let root = folder.path.resolved else { continue }
      if target.bytes.starts(with: root.appending([]).bytes) { return folder.role }
    }
    return nil
  }
}
