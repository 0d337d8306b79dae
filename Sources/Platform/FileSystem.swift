import Foundation

/// Plain work on files.
public enum FileSystem {
  /// The size of a regular file; nil where there is none.
  public static func size(_ path: String) -> Int? {
    var info = stat()
    guard stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(info.st_size)
  }

  /// SHA-256 of a file and its size, read in pieces.
  public static func digest(_ path: String) throws(SetupError) -> (hex: String, bytes: Int) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SetupError("\(path) cannot be read: \(systemMessage())") }
    defer { close(descriptor) }
    let hash = Digest()
    var total = 0
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    defer { room.deallocate() }
    while true {
      let count = read(descriptor, room.baseAddress, room.count)
      if count == 0 { break }
      guard count > 0 else {
        if errno == EINTR { continue }
        throw SetupError("\(path) cannot be read: \(systemMessage())")
      }
      hash.update(UnsafeRawBufferPointer(rebasing: room[..<count]))
      total += count
    }
    return (hexadecimal(hash.finalize()), total)
  }

  public static func contents(_ path: String) throws(SetupError) -> Data {
    do { return try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
      throw SetupError("\(path) cannot be read: \(reason(error))")
    }
  }

  public static func createDirectory(_ path: String) throws(SetupError) {
    do { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) } catch {
      throw SetupError("\(path) cannot be made: \(reason(error))\nSet IMGREC_MODELS to a folder that can be written.")
    }
  }

  public static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

  /// The bytes of all regular files below `path`.
  public static func bytes(below path: String) -> Int {
    guard let names = FileManager.default.enumerator(atPath: path) else { return 0 }
    var total = 0
    for case let name as String in names { total += size("\(path)/\(name)") ?? 0 }
    return total
  }

  /// Bytes that may still be written on the file system of `path`; nil where it does not say.
  public static func room(at path: String) -> Int? {
    var info = statvfs()
    guard statvfs(path, &info) == 0 else { return nil }
    return Int(clamping: UInt64(info.f_bavail).multipliedReportingOverflow(by: UInt64(info.f_frsize)).partialValue)
  }

  /// The system's own word for an error of Foundation's.
  private static func reason(_ error: any Error) -> String {
    let error = error as NSError
    if let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError, cause.domain == NSPOSIXErrorDomain {
      return systemMessage(Int32(cause.code))
    }
    return error.localizedDescription
  }
}
