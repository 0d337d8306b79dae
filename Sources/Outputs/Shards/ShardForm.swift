import Platform
import Recognition

/// An image as it goes into a shard.
public struct ShardMember {
  /// Its name: a relative path.
  public var name: RawPath
  public var bytes: UnsafeRawBufferPointer
  public var format: ImageFormat
  /// Time of the last change of its file, in seconds since 1970; 0 if unknown.
  public var modified: Int

  public init(name: RawPath, bytes: UnsafeRawBufferPointer, format: ImageFormat, modified: Int) {
    self.name = name
    self.bytes = bytes
    self.format = format
    self.modified = modified
  }
}

/// The format of a shard: many images in one file.
public enum ShardForm: String, CaseIterable, Sendable {
  case tar, tfrecord, lmdb

  /// The form that the ending of a file's name says.
  public init?(ending path: RawPath) {
    guard let ending = path.fileExtension, let form = Self.allCases.first(where: { $0.endings.contains(ending) })
    else { return nil }
    self = form
  }

  public var endings: [String] {
    switch self {
    case .tar: ["tar"]
    case .tfrecord: ["tfrecord", "tfrecords"]
    case .lmdb: ["lmdb", "mdb"]
    }
  }

  /// Largest image in bytes.
  public var largestMember: Int {
    switch self {
    case .tar, .tfrecord: Int.max
    case .lmdb: Int(UInt32.max)
    }
  }

  /// The name under which a shard holds `name`.
  public func storedName(_ name: RawPath) -> RawPath {
    switch self {
    case .tar, .tfrecord: name
    case .lmdb: LMDBShard.key(name)
    }
  }

  func begin(_ file: ShardFile) throws(FileError) -> any ShardWriter {
    switch self {
    case .tar: TarShard(file)
    case .tfrecord: TFRecordShard(file)
    case .lmdb: try LMDBShard(file)
    }
  }
}

/// Writes images into one shard.
protocol ShardWriter {
  /// Size of the whole file, in bytes, if it ended after a further image.
  func size(with member: ShardMember) -> Int
  mutating func add(_ member: ShardMember) throws(FileError)
  /// Writes what comes after the last image.
  mutating func end() throws(FileError)
}
