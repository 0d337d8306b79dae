import Foundation

/// A list of paths that a test feeds to a process in parts, over the process's standard input.
///
/// The process cannot end before `end()`, however fast the machine is: what the test does until then happens in the
/// middle of the run.
public final class HeldInput {
  private let reader: Int32
  private var writer: Int32

  /// The descriptor stays open here too, so that a write after the death of the process raises no SIGPIPE.
  public let handle: FileHandle

  public init() throws {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    (reader, writer) = (ends[0], ends[1])
    handle = FileHandle(fileDescriptor: ends[0], closeOnDealloc: false)
  }

  deinit {
    end()
    close(reader)
  }

  /// Sends the paths, one a line. Blocks while the pipe (64 KiB) is full.
  public func send(_ paths: some Sequence<String>) throws {
    var bytes = Array(paths.map { $0 + "\n" }.joined().utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { write(writer, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
      bytes.removeFirst(count)
    }
  }

  /// Ends the list.
  public func end() {
    guard writer >= 0 else { return }
    close(writer)
    writer = -1
  }
}
