/// The POSIX message for the error number `code`.
public func systemMessage(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }

/// Repeats a system call while a signal interrupts it (`EINTR`). Returns its last result.
public func retrying<Result: SignedInteger>(_ call: () -> Result) -> Result {
  while true {
    let result = call()
    if result >= 0 || errno != EINTR { return result }
  }
}

/// Writes all of `bytes`; waits if the descriptor is non-blocking. Returns 0 or the error number.
public func writeAll(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int32 {
  var done = 0
  while done < bytes.count {
    let written = retrying { write(descriptor, bytes.baseAddress! + done, bytes.count - done) }
    if written >= 0 {
      done += written
    } else if errno == EAGAIN || errno == EWOULDBLOCK {
      var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      poll(&wait, 1, -1)
    } else {
      return errno
    }
  }
  return 0
}

/// A system call on a file that failed.
public struct FileError: Error, Sendable, Equatable, CustomStringConvertible {
  public var path: RawPath
  /// The error number.
  public var code: Int32

  public init(_ path: RawPath, _ code: Int32 = errno) {
    self.path = path
    self.code = code
  }

  public var description: String { "\(path): \(systemMessage(code))" }
}
