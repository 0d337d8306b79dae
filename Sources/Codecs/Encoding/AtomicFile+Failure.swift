import Platform
import Recognition

/// The same with failures of stage `write`.
extension AtomicFile {
  /// Creates the file beside `path`, and the missing folders above it.
  public convenience init(output path: RawPath) throws(Failure) {
    do throws(FileError) { try self.init(path, makesFolders: true) } catch { throw Failure(writing: error) }
  }

  /// Throws `exists` if the name exists and `policy` does not allow to replace it.
  public func commit(output policy: OnExists) throws(Failure) -> RawPath {
    do throws(FileError) { return try commit(policy) } catch { throw Failure(writing: error) }
  }
}

extension Failure {
  /// The failure of an image whose output has the name that another image's output has.
  public static func sharedName(_ path: RawPath) -> Failure {
    Failure(.write, .exists, "another input of this run has the name \(path) too")
  }

  public init(writing error: FileError) {
    if error.code == EEXIST {
      self.init(.write, .exists, "\(error.path) exists already (--on-exists)")
    } else {
      self.init(.write, errno: error.code)
      if code == .ioError { code = .writeFailed }
      message = "cannot write \(error)"
    }
  }
}
