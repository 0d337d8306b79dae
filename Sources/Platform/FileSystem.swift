import Foundation

/// Basic operations on files.
public enum FileSystem {
  /// Returns the size of a regular file; nil if there is no regular file at `path`.
  public static func size(_ path: String) -> Int? {
    var info = stat()
    guard stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(info.st_size)
  }

  /// Returns the SHA-256 of a file and its size, read in pieces.
  public static func digest(_ path: String) throws(SetupError) -> (hex: String, bytes: Int) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SetupError("\(path) cannot be read: \(systemMessage())") }
    defer { close(descriptor) }
    let hash = Digest()
    var total = 0
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = retrying { read(descriptor, buffer.baseAddress, buffer.count) }
      if count == 0 { break }
      guard count > 0 else { throw SetupError("\(path) cannot be read: \(systemMessage())") }
      hash.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      total += count
    }
    return (hexadecimal(hash.finalize()), total)
  }

  /// Returns the bytes of a file.
  public static func contents(_ path: String) throws(SetupError) -> Data {
    do { return try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
      throw SetupError("\(path) cannot be read: \(reason(error))")
    }
  }

  /// Creates a folder and the missing ones above it. `advice` ends the error message if that fails.
  public static func createDirectory(_ path: String, advice: String? = nil) throws(SetupError) {
    do { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) } catch {
      throw SetupError("\(path) cannot be created: \(reason(error))" + (advice.map { "\n\($0)" } ?? ""))
    }
  }

  /// Removes a file or a folder with its contents; does nothing if it does not exist or cannot be removed.
  public static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

  /// Returns the total size in bytes of all regular files below `path`.
  public static func bytes(below path: String) -> Int {
    guard let names = FileManager.default.enumerator(atPath: path) else { return 0 }
    var total = 0
    for case let name as String in names { total += size("\(path)/\(name)") ?? 0 }
    return total
  }

  /// Returns the names of a folder's entries as bytes, in no order; none if it cannot be read.
  public static func names(in folder: RawPath) -> [[UInt8]] {
    guard let stream = folder.withCString({ opendir($0) }) else { return [] }
    defer { closedir(stream) }
    var names: [[UInt8]] = []
    while let entry = readdir(stream) {
      names.append(
        withUnsafePointer(to: &entry.pointee.d_name) { name in
          name.withMemoryRebound(to: UInt8.self, capacity: 1) {
            Array(UnsafeBufferPointer(start: $0, count: strlen($0)))
          }
        })
    }
    return names
  }

  /// Returns the bytes free for this user on the file system of `path`; nil if unknown.
  public static func freeBytes(at path: String) -> Int? {
    var info = statvfs()
    guard statvfs(path, &info) == 0 else { return nil }
    return Int(clamping: UInt64(info.f_bavail).multipliedReportingOverflow(by: UInt64(info.f_frsize)).partialValue)
  }

  /// Returns the POSIX message behind a Foundation error.
  private static func reason(_ error: any Error) -> String {
    let error = error as NSError
    if let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError, cause.domain == NSPOSIXErrorDomain {
      return systemMessage(Int32(cause.code))
    }
    return error.localizedDescription
  }
}
