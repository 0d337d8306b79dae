/// Checks before a run that what is written at its end will find room and permission.
public enum WriteTrial {
  /// Bytes that are reserved for a trial: more than any summary has.
  private static let size = 64 << 10

  /// Reserves room for a small file behind an open descriptor. Returns 0 or the error number.
  ///
  /// Only a lack of room counts: some file systems reserve nothing. The length of the file does not change.
  public static func reserve(_ descriptor: Int32) -> Int32 {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return 0 }
    let code = posix_fallocate(descriptor, status.st_size, off_t(size))
    _ = retrying { ftruncate(descriptor, status.st_size) }
    return code == ENOSPC || code == EDQUOT ? code : 0
  }

  /// Whether files can be created in `folder`, or where it is missing in the nearest folder above it. Leaves nothing
  /// behind.
  public static func check(folder: RawPath) throws(FileError) {
    var folder = folder
    var status = stat()
    while LongPath.examine(folder, &status) != 0 {
      let parent = folder.parent
      guard parent != folder else { return }
      folder = parent
    }
    guard LongPath.kind(status) == S_IFDIR else { throw FileError(folder, ENOTDIR) }
    let file = try AtomicFile(folder.appending("x".utf8))
    defer { file.abandon() }
    let code = reserve(file.descriptor)
    guard code == 0 else { throw FileError(folder, code) }
  }
}
