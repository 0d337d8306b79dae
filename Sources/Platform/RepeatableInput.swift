/// Standard input, which can be read several times: where it is no file, it is copied into a temporary one, which is
/// deleted with the process.
public final class RepeatableInput {
  private let copy: UnsafeMutablePointer<FILE>?
  /// Offset of what the process was given: others may have read the file's beginning.
  private let start: off_t

  /// Reads standard input to its end, unless it is a file.
  public init() throws(SetupError) {
    let offset = lseek(STDIN_FILENO, 0, SEEK_CUR)
    guard offset < 0 else {
      (copy, start) = (nil, offset)
      return
    }
    guard let file = tmpfile() else { throw SetupError("cannot create a temporary file: \(systemMessage())") }
    (copy, start) = (file, 0)
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    defer { block.deallocate() }
    while true {
      let count = retrying { read(STDIN_FILENO, block.baseAddress, block.count) }
      guard count >= 0 else { throw SetupError("standard input: \(systemMessage())") }
      if count == 0 { return }
      let code = writeAll(fileno(file), UnsafeRawBufferPointer(rebasing: block[..<count]))
      guard code == 0 else { throw SetupError("cannot write a temporary file: \(systemMessage(code))") }
    }
  }

  deinit { if let copy { fclose(copy) } }

  /// The descriptor of the file, at its beginning.
  public func rewound() throws(SetupError) -> Int32 {
    let descriptor = copy.map { fileno($0) } ?? STDIN_FILENO
    guard lseek(descriptor, start, SEEK_SET) >= 0 else { throw SetupError("standard input: \(systemMessage())") }
    return descriptor
  }
}
