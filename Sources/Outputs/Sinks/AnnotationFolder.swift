import Codecs
import Platform
import Recognition

/// A folder with one annotation file per image, in the tree of the images.
struct AnnotationFolder {
  private let folder: RawPath
  private let tree: InputTree
  private let onExists: OnExists
  private let fileExtension: String
  /// Names written by this run; an existing file among them belongs to another input.
  private var written: Set<RawPath> = []

  /// Creates the folder.
  init(_ context: SinkContext, extension fileExtension: String) throws(SetupError) {
    folder = RawPath(context.folder)
    tree = context.tree
    onExists = context.onExists
    self.fileExtension = fileExtension
    try FileSystem.createDirectory(context.folder)
  }

  /// The name of an image's file below the folder: that of the image with another extension.
  static func name(of relative: RawPath, extension ending: String) -> RawPath {
    let stem = relative.fileExtension.map { relative.bytes.dropLast($0.utf8.count + 1) } ?? relative.bytes[...]
    return RawPath(stem + Array(".\(ending)".utf8)).fittingFileSystems()
  }

  /// Writes the file of the image at `path`. Throws `item` unless the disk is full or cannot be written.
  mutating func write(_ text: String, for path: RawPath) throws(SinkError) {
    try write(text, to: Self.name(of: tree.relative(path), extension: fileExtension))
  }

  /// Writes the file `name`, which is below the folder.
  mutating func write(_ text: String, to name: RawPath) throws(SinkError) {
    let path = folder.appending(name.bytes)
    if onExists != .rename, written.contains(path) {
      throw .item(Failure(.write, .exists, "another input of this run has the name \(path) too"))
    }
    if onExists == .skip, AtomicFile.exists(path) { return }
    do throws(FileError) {
      let file = try AtomicFile(path, makesFolders: true)
      var text = text
      let code = text.withUTF8 { writeAll(file.descriptor, UnsafeRawBufferPointer($0)) }
      guard code == 0 else { throw FileError(path, code) }
      written.insert(try file.commit(onExists))
    } catch {
      if [ENOSPC, EDQUOT, EROFS, EIO].contains(error.code) { throw .failed("cannot write \(error)") }
      if error.code == EEXIST, onExists == .skip { return }
      throw .item(Failure(writing: error))
    }
  }
}
