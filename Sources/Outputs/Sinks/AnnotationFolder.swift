import Codecs
import Platform
import Recognition

/// A folder with one annotation file per image, in the tree of the images.
struct AnnotationFolder {
  private let folder: RawPath
  private let tree: InputTree
  private let onExists: OnExists
  private let fileExtension: String
  /// Whether two inputs may have one name, so that an existing file may belong to another input of this run.
  private let isNameShared: Bool
  /// Names written by this run, if names may be shared.
  private var written: Set<RawPath> = []

  /// Creates the folder.
  init(_ context: SinkContext, extension fileExtension: String) throws(SetupError) {
    folder = RawPath(context.folder)
    tree = context.tree
    onExists = context.onExists
    isNameShared = !context.namesAreDistinct && onExists != .rename
    self.fileExtension = fileExtension
    try FileSystem.createDirectory(context.folder)
  }

  /// The name of an image's file below the folder: that of the image with another extension.
  static func name(of relative: RawPath, extension ending: String) -> RawPath {
    RawPath(relative.stem + Array(".\(ending)".utf8)).fittingFileSystems()
  }

  /// Writes the file of the image at `path`. Throws `item` unless the disk is full or cannot be written.
  mutating func write(_ text: String, for path: RawPath) throws(SinkError) {
    try write(text, to: Self.name(of: tree.relative(path), extension: fileExtension))
  }

  /// Writes the file `name`, which is below the folder.
  mutating func write(_ text: String, to name: RawPath) throws(SinkError) {
    let path = folder.appending(name.bytes)
    if isNameShared, written.contains(path) { throw .item(.sharedName(path)) }
    if onExists == .skip, AtomicFile.exists(path) { return }
    do throws(FileError) {
      let file = try AtomicFile(path, makesFolders: true)
      var text = text
      let code = text.withUTF8 { writeAll(file.descriptor, UnsafeRawBufferPointer($0)) }
      guard code == 0 else { throw FileError(path, code) }
      let name = try file.commit(onExists)
      if isNameShared { written.insert(name) }
    } catch {
      if [ENOSPC, EDQUOT, EROFS, EIO].contains(error.code) { throw .failed("cannot write \(error)") }
      if error.code == EEXIST, onExists == .skip { return }
      throw .item(Failure(writing: error))
    }
  }
}
