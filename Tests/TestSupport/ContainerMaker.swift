/// The kinds of containers that the contract is run on. A new kind is one case.
public enum ContainerMaker: String, CaseIterable, Sendable {
  case tar, zip, tfrecord

  public typealias Member = (name: String, content: [UInt8])

  public var fileName: String { "x.\(rawValue)" }

  public func bytes(_ members: [Member]) -> [UInt8] {
    switch self {
    case .tar: ArchiveBytes.tar(members.map { ArchiveBytes.Member($0.name, $0.content) })
    case .zip: ArchiveBytes.zip(members.map { ArchiveBytes.Member($0.name, $0.content) })
    case .tfrecord: TFRecordFile.bytes(members.map { TFRecordFile.example($0.content, name: $0.name) })
    }
  }

  /// Path of a member below the container's.
  public func inside(_ index: Int, _ name: String) -> String {
    switch self {
    case .tar, .zip: return name
    case .tfrecord:
      let digits = String(index)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }
  }

  /// Whether damage within a member is noticed by the container.
  public var hasChecksums: Bool {
    switch self {
    case .tar: false
    case .zip, .tfrecord: true
    }
  }

  /// What the record of a member has as its key.
  public func key(_ name: String) -> String? {
    switch self {
    case .tar: name.split(separator: ".").first.map(String.init)
    case .zip: nil
    case .tfrecord: name
    }
  }
}
