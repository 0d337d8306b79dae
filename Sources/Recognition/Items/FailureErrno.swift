import Platform

extension Failure {
  /// The failure for an error number of `open`, `read` and similar calls.
  public init(_ stage: Stage, errno code: Int32) {
    let kind: Code =
      switch code {
      case ENOENT, ENOTDIR: .notFound
      case EACCES, EPERM: .permissionDenied
      case ELOOP: .linkLoop
      case ENAMETOOLONG: .nameTooLong
      case EISDIR, ENXIO, ENODEV: .notAFile
      case ENOMEM: .outOfMemory
      default: .ioError
      }
    self.init(stage, kind, systemMessage(code))
  }
}
