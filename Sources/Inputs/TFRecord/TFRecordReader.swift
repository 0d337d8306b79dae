import Platform
import Recognition

/// Reads the images of a TFRecord file, one record in memory at a time.
///
/// A record is an Example, whose pictures are members, or the bytes of an image. Its path is `FILE/00000012`, by its
/// index from 0; of an Example with several pictures each has the name of its feature after it.
final class TFRecordReader {
  private let path: RawPath
  private let selection: MemberSelection
  private let bytes: TFRecordBytes
  private let roles = FeatureRoles()
  /// Number of records so far.
  private var count = 0
  private var isAtEnd = false
  private var record: [UInt8] = []
  /// The pictures of `record` that were not returned yet, the next one last.
  private var pending: [ExamplePictures.Picture] = []
  private var pictureCount = 0
  private var key: RawPath?

  /// An Example is a little longer than its image.
  private static let slack = 1 << 20
  private static let digits = 8

  private static let endings = [
    ".tfrecord", ".tfrecords", ".tfrec", ".tfrecord.gz", ".tfrecords.gz", ".tfrec.gz", ".tfrecord.zlib",
  ].map { Array($0.utf8) }

  /// Whether `path` is named like a TFRecord file: by its extension, or as a shard (`train.tfrecord-00000-of-01024`).
  static func isNamed(_ path: RawPath) -> Bool {
    let name = path.lastComponent.map { $0 >= 0x41 && $0 <= 0x5a ? $0 | 0x20 : $0 }
    let plain = withoutShard(name[...])
    return endings.contains { plain.count > $0.count && plain.suffix($0.count).elementsEqual($0) }
  }

  /// Removes `-NUMBER-of-NUMBER` from the end of a name.
  private static func withoutShard(_ name: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let dash = UInt8(ascii: "-")
    let parts = name.split(separator: dash, omittingEmptySubsequences: false)
    func isNumber(_ part: ArraySlice<UInt8>) -> Bool {
      !part.isEmpty && part.allSatisfy { (0x30...0x39).contains($0) }
    }
    guard parts.count > 3, isNumber(parts[parts.count - 1]), parts[parts.count - 2].elementsEqual("of".utf8),
      isNumber(parts[parts.count - 3])
    else { return name }
    return name[..<(parts[parts.count - 3].startIndex - 1)]
  }

  /// Whether the file at `path` begins with a record.
  static func isTFRecord(_ path: RawPath) -> Bool { StreamContent.head(of: path).flatMap { TFRecordForm($0) } != nil }

  convenience init(_ path: RawPath, selection: MemberSelection) throws(Failure) {
    let stream = ByteStream(try LongPath.openForReading(path), ownsDescriptor: true)
    try self.init(stream, path: path, selection: selection)
  }

  /// Reads records from `stream`; their paths begin with `path`.
  init(_ stream: ByteStream, path: RawPath, selection: MemberSelection) throws(Failure) {
    bytes = try TFRecordBytes(stream)
    self.path = path
    self.selection = selection
  }

  /// Returns the next image; nil at the end. A file that is damaged between its records ends with a fault under its own
  /// path.
  func next() -> Container.Member? {
    while true {
      if let picture = pending.popLast() {
        if let member = member(picture) { return member }
        continue
      }
      if isAtEnd { return nil }
      do throws(Failure) {
        if let member = try nextRecord() { return member }
      } catch {
        isAtEnd = true
        return Container.Member(path, .fault(error))
      }
    }
  }

  /// Reads the next record; returns its image if it is one, nil if it has pictures, which are then in `pending`, or none.
  private func nextRecord() throws(Failure) -> Container.Member? {
    let start = bytes.position
    record.removeAll(keepingCapacity: true)
    try bytes.append(TFRecordHeader.byteCount, to: &record)
    guard !record.isEmpty else {
      isAtEnd = true
      return nil
    }
    guard record.count == TFRecordHeader.byteCount else { throw truncated(start) }
    guard let header = TFRecordHeader(record) else { throw damagedLength(start) }
    defer { count += 1 }
    let name = MemberName.numbered(count, digits: Self.digits)
    let full = path.appending(name.bytes)
    let limit = selection.options.maxFileSize
    guard header.length <= UInt64(limit) + UInt64(Self.slack) else {
      guard try bytes.skip(header.length), try bytes.skip(4) else { throw truncated(start, header.length) }
      return fault(.fileTooLarge, "the record has \(header.length) bytes; the limit is \(limit)", name, full)
    }
    let length = Int(header.length)
    record.removeAll(keepingCapacity: length > record.capacity / 4)
    // Memory that is reserved and not written costs nothing.
    record.reserveCapacity(length + 4)
    try bytes.append(length + 4, to: &record)
    guard record.count == length + 4 else { throw truncated(start, header.length) }
    let stored = record[length...].withUnsafeBytes(TFRecordHeader.checksum)
    record.removeLast(4)
    guard record.withUnsafeBytes({ CRC32C.of($0).masked }) == stored else {
      return fault(.corrupt, "the record at byte \(start) is damaged: its checksum is another one", name, full)
    }
    return examine(name, full)
  }

  /// Looks for the pictures of `record`.
  private func examine(_ name: RawPath, _ full: RawPath) -> Container.Member? {
    key = nil
    if selection.looksLikeImage(record.prefix(StreamContent.headLength)) {
      guard isSelected(name, full) else { return nil }
      return image(record, full)
    }
    let found = record.withUnsafeBytes { ExamplePictures($0, roles: roles, looksLikeImage: selection.looksLikeImage) }
    guard let found, !found.pictures.isEmpty else {
      if isSelected(name, full) { selection.ignore(full, found?.hasSamples == true ? .samples : .noPicture) }
      return nil
    }
    key = found.key
    pictureCount = found.pictures.count
    pending = found.pictures.reversed()
    guard found.isOverfull else { return nil }
    return fault(
      .unsupported, "the record has more than \(ExamplePictures.maxPictures) pictures; those after them are left out",
      name, full)
  }

  /// Returns a picture of `record`; nil if it is not selected.
  private func member(_ picture: ExamplePictures.Picture) -> Container.Member? {
    let number = count - 1
    var name = MemberName.numbered(number, digits: Self.digits)
    if pictureCount > 1 {
      let feature = picture.feature.bytes + (picture.value.map { Array("/\($0)".utf8) } ?? [])
      name = name.appending(MemberName.cleaned(feature, number: number).bytes)
    }
    let full = path.appending(name.bytes)
    guard isSelected(name, full) else { return nil }
    return image(picture.header + record[picture.bytes], full)
  }

  private func image(_ image: [UInt8], _ full: RawPath) -> Container.Member {
    let limit = selection.options.maxFileSize
    let failure: Failure? =
      if image.count > limit {
        Failure(.read, .fileTooLarge, "the record's image has \(image.count) bytes; the limit is \(limit)")
      } else if image.isEmpty {
        Failure(.read, .empty, "the record's image is empty")
      } else {
        nil
      }
    return Container.Member(full, failure.map { .fault($0) } ?? .bytes(image), key: key)
  }

  private func fault(
    _ code: Failure.Code, _ message: String, _ name: RawPath, _ full: RawPath
  ) -> Container.Member? {
    isSelected(name, full) ? Container.Member(full, .fault(Failure(.read, code, message))) : nil
  }

  /// Whether the rules of the walk select a member; counts it otherwise.
  private func isSelected(_ name: RawPath, _ full: RawPath) -> Bool {
    switch selection.choice(name, .file, at: full) {
    case .read, .examine: true
    case .pass, .fail: false
    }
  }

  private func damagedLength(_ start: UInt64) -> Failure {
    if count == 0 {
      return Failure(.walk, .corrupt, "this cannot be read as a TFRecord file: it does not begin with a record")
    }
    return Failure(
      .walk, .corrupt,
      "the length of record \(count) at byte \(start) is damaged, and no record after it can be found; "
        + "\(count) records were read")
  }

  private func truncated(_ start: UInt64, _ length: UInt64? = nil) -> Failure {
    let (all, missing) = UInt64(TFRecordHeader.byteCount + 4).addingReportingOverflow(length ?? 0)
    let size = length == nil || missing ? "" : " of \(all)"
    return Failure(
      .walk, .truncated,
      "the file ends within record \(count), after \(bytes.position - start)\(size) bytes; \(count) records were read")
  }
}
