import Codecs
import Platform

/// Opens the single files that a run writes. None of them falls on a file that the run reads, on another output, or on
/// a file that is there and is not imgrec's own earlier output, unless the user permits it.
public struct OutputFiles {
  /// What the run reads.
  private let inputs: InputFiles
  /// Whether other files may be replaced (`--on-exists overwrite`); nil if the command has no such flag.
  private let overwrites: Bool?
  private var opened: [(flag: String, path: RawPath, identity: FileIdentity?)] = []

  public init(inputs: InputFiles, overwrites: Bool?) {
    self.inputs = inputs
    self.overwrites = overwrites
  }

  /// Opens and locks `path`, the value of `flag`. With `resuming`, the file may hold records, which stay in it.
  public mutating func open(
    _ path: RawPath, flag: String, kind: OutputKind, resuming: Bool = false
  ) throws(SetupError) -> OutputFile {
    while true {
      let file = try OutputFile(path)
      guard file.isRegular else { return file }
      let head = file.size == 0 ? [] : file.head(OutputKind.headLength)
      let isOwn = head.map { $0.isEmpty || kind.isOwn($0) } ?? false
      try check(path, file.identity, flag: flag, existed: file.existed, head: head, replacesOthers: !isOwn && !resuming)
      guard file.lock() else {
        throw SetupError("\(path) is being written by another imgrec; wait for it, or name another file with \(flag)")
      }
      // Another run may have put a new file under this name before the lock was free.
      guard FileIdentity(path) == file.identity else { continue }
      if resuming {
        guard let head, RecordLines.canBegin(head) else {
          let seen = head.map(OutputKind.description(of:)) ?? "unreadable"
          throw SetupError(
            "\(path) is not a file of imgrec records, it seems to be \(seen); --resume left it as it was: "
              + "name another file with \(flag)")
        }
      } else {
        try permit(path, flag: flag, isOwn: isOwn, head: head)
        guard isOwn || file.linkCount == 1 else {
          throw SetupError(
            "\(path) has other names (hard links), whose contents would go too; remove it, or name another file with "
              + flag)
        }
      }
      opened.append((flag, path, file.identity))
      return file
    }
  }

  /// Reserves `path`, the value of `flag`, for a file that is written when the run ends.
  public mutating func reserve(_ path: RawPath, flag: String, kind: OutputKind) throws(SetupError) -> ReservedFile {
    if path.standardStream != nil { return try ReservedFile(path) }
    var status = stat()
    let exists = LongPath.examine(path, &status) == 0
    let isRegular = !exists || LongPath.kind(status) == S_IFREG
    let identity = exists && isRegular ? FileIdentity(status) : nil
    if isRegular {
      let head = Self.head(of: path)
      let isOwn = !exists || head.map { $0.isEmpty || kind.isOwn($0) } ?? false
      try check(path, identity, flag: flag, existed: exists, head: head, replacesOthers: !isOwn)
      try permit(path, flag: flag, isOwn: isOwn, head: head)
    }
    let file = try ReservedFile(path)
    if isRegular { opened.append((flag, path, identity)) }
    return file
  }

  /// Throws if the file is read by the run, or is another output of it.
  private func check(
    _ path: RawPath, _ identity: FileIdentity?, flag: String, existed: Bool, head: [UInt8]?, replacesOthers: Bool
  ) throws(SetupError) {
    let target = path.resolved
    let isSame = { (path: RawPath, file: FileIdentity?) in
      file != nil && file == identity || target != nil && path.resolved == target
    }
    for other in opened where isSame(other.path, other.identity) {
      throw SetupError("\(other.flag) and \(flag) name the same file, \(path); give each a file of its own")
    }
    let isImage = head.map { $0.withUnsafeBytes { FormatSniffer.format(of: $0) } != nil } ?? true
    if let role = inputs.role(
      of: path, existed ? identity : nil, isImage: existed && isImage, replacesOthers: replacesOthers)
    {
      throw SetupError("\(flag) would write over \(path), \(role); name another file")
    }
  }

  /// Throws if the file is there, is not imgrec's own, and may not be replaced.
  private func permit(_ path: RawPath, flag: String, isOwn: Bool, head: [UInt8]?) throws(SetupError) {
    guard !isOwn, overwrites != true else { return }
    let seen = head.map(OutputKind.description(of:)) ?? "a file that cannot be read"
    let advice = overwrites == nil ? "" : ", or add --on-exists overwrite to replace it"
    throw SetupError("\(path) exists and seems to be \(seen); name another file with \(flag)\(advice)")
  }

  private static func head(of path: RawPath) -> [UInt8]? {
    guard case .descriptor(let descriptor) = LongPath.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY) else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: OutputKind.headLength)
    let got = retrying { read(descriptor, &bytes, bytes.count) }
    return got < 0 ? nil : Array(bytes.prefix(got))
  }
}
