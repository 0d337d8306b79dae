import Platform

/// Reads the lines that a file had when it was opened.
final class LineReader {
  private let path: RawPath
  private let descriptor: Int32
  private var left: Int
  private var block = [UInt8](repeating: 0, count: 256 * 1024)
  private var (start, end) = (0, 0)

  init(_ path: RawPath) throws(SetupError) {
    self.path = path
    descriptor = path.withCString { open($0, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw SetupError("cannot read \(path): \(systemMessage(errno))") }
    var status = stat()
    left = fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }

  deinit { close(descriptor) }

  func next() throws(SetupError) -> [UInt8]? {
    var line: [UInt8] = []
    while true {
      if let newline = block[start..<end].firstIndex(of: UInt8(ascii: "\n")) {
        line += block[start..<newline]
        start = newline + 1
        return line
      }
      line += block[start..<end]
      (start, end) = (0, 0)
      guard left > 0 else { return nil }
      let got = retrying { read(descriptor, &block, min(left, block.count)) }
      guard got >= 0 else { throw SetupError("cannot read \(path): \(systemMessage(errno))") }
      guard got > 0 else { return nil }
      left -= got
      end = got
    }
  }
}
