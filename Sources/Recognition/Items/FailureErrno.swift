import Platform

extension Failure {
  /// What `open`, `read` and their kin failed with.
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
