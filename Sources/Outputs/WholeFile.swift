import Platform
import Recognition

/// Small files that a reader must never see incomplete: summaries and metrics.
public enum WholeFile {
  /// Writes `bytes` beside `path` and renames the result to it. A device or a pipe is written directly.
  public static func write(_ bytes: [UInt8], to path: RawPath) throws(SetupError) {
    var status = stat()
    let isThere = path.withCString { stat($0, &status) } == 0
    guard !isThere || status.st_mode & S_IFMT == S_IFREG else { return try put(bytes, into: path, shownAs: path) }
    let temporary = RawPath(path.bytes + Array(".\(getpid()).tmp".utf8))
    do throws(SetupError) { try put(bytes, into: temporary, shownAs: path) } catch {
      _ = temporary.withCString { unlink($0) }
      throw error
    }
    let renamed = temporary.withCString { from in path.withCString { to in rename(from, to) } }
    guard renamed == 0 else {
      let code = errno
      _ = temporary.withCString { unlink($0) }
      throw SetupError("cannot write \(path): \(systemMessage(code))")
    }
  }

  private static func put(_ bytes: [UInt8], into path: RawPath, shownAs shown: RawPath) throws(SetupError) {
    do {
      let output = try ByteOutput(path: path)
      try output.write(bytes)
      try output.finish()
    } catch let error as SetupError {
      throw error
    } catch SinkError.failed(let message) {
      throw SetupError(message)
    } catch {
      throw SetupError("cannot write \(shown): nobody reads it")
    }
  }
}
