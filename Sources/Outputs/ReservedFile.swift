import Platform

/// A small file that is written as a whole at the end of a run; that it can be written is known from the start.
public final class ReservedFile {
  public let path: RawPath
  /// Absolute path without links: a link is followed and not replaced.
  let target: RawPath
  /// The file without a name, where the file system knows such files; nil for devices and pipes too.
  private var draft: AtomicFile?

  init(_ path: RawPath) throws(SetupError) {
    guard path.standardStream == nil else {
      (self.path, target) = (path, path)
      return
    }
    var status = stat()
    let exists = LongPath.examine(path, &status) == 0
    let isSpecial = exists && LongPath.kind(status) != S_IFREG
    // The links of pipes in /proc lead to no path.
    guard let target = isSpecial ? path : path.resolved else { throw OutputFile.problem(path, ENOENT) }
    self.path = path
    self.target = target
    if exists {
      if LongPath.kind(status) == S_IFDIR { throw OutputFile.problem(path, EISDIR) }
      guard path.withCString({ access($0, W_OK) }) == 0 else { throw OutputFile.problem(path, errno) }
      if isSpecial { return }
    }
    do throws(FileError) {
      let file = try AtomicFile(target)
      let code = WriteTrial.reserve(file.descriptor)
      guard code == 0 else { throw FileError(target, code) }
      // One with a name would stay behind if the run is killed.
      if file.hasName { file.abandon() } else { draft = file }
    } catch {
      throw OutputFile.problem(path, error.code)
    }
  }

  /// Writes the file all or nothing.
  public func write(_ bytes: [UInt8]) throws(SetupError) {
    if let stream = path.standardStream {
      let code = bytes.withUnsafeBytes { writeAll(stream, $0) }
      guard code == 0 || code == EPIPE else { throw OutputFile.problem(path, code) }
      return
    }
    guard let draft else { return try AtomicFile.write(bytes, to: target) }
    self.draft = nil
    let code = bytes.withUnsafeBytes { writeAll(draft.descriptor, $0) }
    do throws(FileError) {
      guard code == 0 else { throw FileError(path, code) }
      _ = try draft.commit(.overwrite)
    } catch {
      throw OutputFile.problem(path, error.code)
    }
  }
}
