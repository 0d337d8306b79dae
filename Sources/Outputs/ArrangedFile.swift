import Platform

/// A file of records in another order, which replaces the one that a resumed run has appended to.
public final class ArrangedFile {
  private let file: OutputFile
  private let target: RawPath
  private var draft: AtomicFile?

  /// Makes the copy beside `file`, still empty.
  ///
  /// It is made when the run starts: a later run recognises a changed image by a time after the birth of the file of
  /// records, and the images are compared while this run continues. Throws nothing: if the folder refuses it now, `write`
  /// says so.
  public init(for file: OutputFile) {
    self.file = file
    // A link is followed and not replaced.
    target = file.path.resolved ?? file.path
    guard file.isRegular, let made = try? AtomicFile(target) else { return }
    // One with a name would stay behind if the run is killed.
    if made.hasName { made.abandon() } else { draft = made }
  }

  /// Copies the lines at `offsets`, and puts the copy under the file's name.
  public func write(_ offsets: [Int]) throws(SetupError) {
    let path = file.path
    do throws(FileError) {
      let copy = if let draft { draft } else { try AtomicFile(target) }
      draft = nil
      let lines = LineReader(file)
      var block: [UInt8] = []
      for offset in offsets {
        do throws(SetupError) { try lines.read(at: offset) { line, _ in block += line } } catch {
          throw FileError(path, EIO)
        }
        block.append(UInt8(ascii: "\n"))
        if block.count > 1 << 20 { try flush(&block, to: copy) }
      }
      try flush(&block, to: copy)
      var status = stat()
      if fstat(file.descriptor, &status) == 0 {
        // The owner first: the system takes some permissions away when it changes. Not everybody may set it.
        _ = fchown(copy.descriptor, status.st_uid, status.st_gid)
        _ = fchmod(copy.descriptor, status.st_mode & 0o7777)
      }
      _ = try copy.commit(.overwrite)
    } catch {
      throw SetupError(
        "\(path): all records are there, but not in the order of the inputs, as no copy could be written: "
          + "\(systemMessage(error.code)); --resume again puts them in order")
    }
  }

  private func flush(_ block: inout [UInt8], to copy: AtomicFile) throws(FileError) {
    let code = block.withUnsafeBytes { writeAll(copy.descriptor, $0) }
    guard code == 0 else { throw FileError(file.path, code) }
    block.removeAll(keepingCapacity: true)
  }
}
