/// Numbered paths in a temporary file that is deleted with the process, so that a million of them need little memory.
public final class SpooledPaths {
  private let file: UnsafeMutablePointer<FILE>
  private var starts: [Int] = [0]

  public init() throws(SetupError) {
    guard let file = tmpfile() else { throw SetupError("cannot create a temporary file: \(systemMessage())") }
    self.file = file
  }

  deinit { fclose(file) }

  public var count: Int { starts.count - 1 }

  /// Appends a path; its number is the count before.
  public func append(_ path: RawPath) throws(SetupError) {
    fseek(file, starts[count], SEEK_SET)
    guard fwrite(path.bytes, 1, path.bytes.count, file) == path.bytes.count else {
      throw SetupError("cannot write a temporary file: \(systemMessage())")
    }
    starts.append(starts[count] + path.bytes.count)
  }

  public subscript(index: Int) -> RawPath {
    var bytes = [UInt8](repeating: 0, count: starts[index + 1] - starts[index])
    fseek(file, starts[index], SEEK_SET)
    let got = fread(&bytes, 1, bytes.count, file)
    return RawPath(bytes.prefix(got))
  }
}
