import Platform
import Recognition

/// The pictures of a `tf.train.Example` or `SequenceExample`.
///
/// Field numbers: example.proto and feature.proto of TensorFlow. A feature's bytes are a picture if they begin like an
/// image, or if its name says so; other bytes are left alone.
struct ExamplePictures {
  struct Picture {
    /// The name of its feature.
    var feature: RawPath
    /// Index among the values of the feature; nil if it has one.
    var value: Int?
    /// The bytes of an encoded image, or samples.
    var bytes: Range<Int>
    /// What makes samples a file: the header of a PNM or PAM.
    var header: [UInt8] = []
  }

  private(set) var pictures: [Picture] = []
  /// Identifies the Example: the value of `image/filename` or its like.
  private(set) var key: RawPath?
  /// Whether there are samples that cannot be read: of unknown size, or numbers in place of bytes.
  private(set) var hasSamples = false
  /// Whether pictures were left out because there are too many.
  private(set) var isOverfull = false

  /// Pictures of one Example at most.
  static let maxPictures = 65_536
  private static let maxKey = 4096

  private let start: UnsafeRawPointer?
  private let roles: FeatureRoles
  private let looksLikeImage: (UnsafeRawBufferPointer) -> Bool
  private var keyRank = Int.max
  /// Bytes that do not begin like an image, and whether their name says that they are an encoded one.
  private var samples: [(picture: Picture, isEncoded: Bool)] = []
  private var height: UInt64?
  private var width: UInt64?
  private var channels: UInt64?

  /// nil if `record` is no Example.
  init?(
    _ record: UnsafeRawBufferPointer, roles: FeatureRoles = FeatureRoles(),
    looksLikeImage: @escaping (UnsafeRawBufferPointer) -> Bool
  ) {
    start = record.baseAddress
    self.roles = roles
    self.looksLikeImage = looksLikeImage
    var reader = ProtobufReader(record)
    var isExample = false
    while let field = reader.next() {
      // Example.features, SequenceExample.context; SequenceExample.feature_lists.
      guard field.number <= 2, field.bytes.baseAddress != nil else { return nil }
      isExample = true
      for entry in ProtobufReader(field.bytes) where entry.number == 1 { add(entry.bytes, isList: field.number == 2) }
    }
    guard isExample, !reader.isBroken else { return nil }
    addSamples()
  }

  /// Adds an entry of the map of features, or of lists of features.
  private mutating func add(_ entry: UnsafeRawBufferPointer, isList: Bool) {
    var name = UnsafeRawBufferPointer(start: nil, count: 0)
    var value = name
    for field in ProtobufReader(entry) {
      if field.number == 1 { name = field.bytes }
      if field.number == 2 { value = field.bytes }
    }
    let role = roles.role(of: name)
    if role == .leftAlone { return }
    guard isList else { return add(feature: value, name, role, at: nil) }
    var index = 0
    for feature in ProtobufReader(value) where feature.number == 1 {
      add(feature: feature.bytes, name, role, at: index)
      index += 1
    }
  }

  private mutating func add(
    feature: UnsafeRawBufferPointer, _ name: UnsafeRawBufferPointer, _ role: FeatureRole, at place: Int?
  ) {
    for list in ProtobufReader(feature) {
      switch list.number {
      case 1: add(bytes: list.bytes, name, role, at: place)
      case 2:
        if role == .image, list.bytes.count > 64 { hasSamples = true }
      case 3: add(numbers: list.bytes, role)
      default: break
      }
    }
  }

  /// Adds a BytesList.
  private mutating func add(
    bytes list: UnsafeRawBufferPointer, _ name: UnsafeRawBufferPointer, _ role: FeatureRole, at place: Int?
  ) {
    var reader = ProtobufReader(list)
    guard let first = reader.next() else { return }
    let isAlone = reader.next() == nil
    if case .key(let rank) = role {
      guard rank < keyRank, !first.bytes.isEmpty else { return }
      key = RawPath(first.bytes.prefix(Self.maxKey))
      keyRank = rank
      return
    }
    var index = 0
    for value in ProtobufReader(list) where value.number == 1 {
      defer { index += 1 }
      guard let range = range(of: value.bytes) else { continue }
      let isImage = looksLikeImage(UnsafeRawBufferPointer(rebasing: value.bytes.prefix(StreamContent.headLength)))
      guard isImage || role == .encoded || role == .image else { continue }
      let picture = Picture(feature: RawPath(name), value: place ?? (isAlone ? nil : index), bytes: range)
      guard pictures.count + samples.count < Self.maxPictures else {
        isOverfull = true
        return
      }
      if isImage { pictures.append(picture) } else { samples.append((picture, role == .encoded)) }
    }
  }

  /// Adds an Int64List.
  private mutating func add(numbers list: UnsafeRawBufferPointer, _ role: FeatureRole) {
    // Packed, or one field for each number.
    var values: [UInt64] = []
    for field in ProtobufReader(list) where field.number == 1 && values.count < 4 {
      if field.bytes.baseAddress == nil {
        values.append(field.value)
      } else {
        values += ProtobufReader.varints(field.bytes, atMost: 4)
      }
    }
    guard let first = values.first else { return }
    switch role {
    case .height: height = first
    case .width: width = first
    case .channels: channels = first
    case .shape:
      guard values.count == 2 || values.count == 3 else { return }
      (height, width, channels) = (values[0], values[1], values.count == 3 ? values[2] : 1)
    case .key(let rank):
      guard rank < keyRank else { return }
      key = RawPath("\(Int64(bitPattern: first))")
      keyRank = rank
    case .image: if values.count > 3 { hasSamples = true }
    case .encoded, .leftAlone, .other: break
    }
  }

  private func range(of bytes: UnsafeRawBufferPointer) -> Range<Int>? {
    guard let start, let base = bytes.baseAddress else { return nil }
    let offset = base - start
    return offset..<offset + bytes.count
  }

  /// Decides about bytes that do not begin like an image, once the size is known.
  private mutating func addSamples() {
    for (picture, isEncoded) in samples {
      if let header = header(of: picture.bytes.count) {
        var picture = picture
        picture.header = header
        pictures.append(picture)
      } else if isEncoded {
        // Damaged, or empty: its record says so.
        pictures.append(picture)
      } else if !picture.bytes.isEmpty {
        hasSamples = true
      }
    }
    if !samples.isEmpty { pictures.sort { $0.bytes.lowerBound < $1.bytes.lowerBound } }
    samples = []
  }

  /// Returns the header that makes `count` samples of 8 bits, row by row, a PNM or PAM; nil if the size is unknown or is
  /// that of another number.
  private func header(of count: Int) -> [UInt8]? {
    guard let height, let width, (1...UInt64(Int32.max)).contains(height), (1...UInt64(Int32.max)).contains(width)
    else {
      return nil
    }
    // Below 2^62.
    let area = height * width
    let count = UInt64(count)
    guard area <= count, count % area == 0, count / area == channels ?? count / area else { return nil }
    return SampleHeader.bytes(width: width, height: height, channels: count / area)
  }
}
