/// The roles of the names that were met so far: all Examples of a file have the same few names.
final class FeatureRoles {
  private var known: [(name: [UInt8], role: FeatureRole)] = []
  /// More names are not kept.
  private static let maxCount = 64

  func role(of name: UnsafeRawBufferPointer) -> FeatureRole {
    for entry in known where entry.name.count == name.count && entry.name.elementsEqual(name) { return entry.role }
    let role = FeatureRole(name)
    if known.count < Self.maxCount { known.append((Array(name), role)) }
    return role
  }
}

/// What a feature of an Example holds, by its name: people name the same content in many ways.
enum FeatureRole: Equatable {
  /// The bytes of an encoded image.
  case encoded
  /// An image, encoded or as plain samples.
  case image
  case height
  case width
  case channels
  /// `[height, width, channels]`.
  case shape
  /// Identifies the Example; of several, the one with the lowest rank.
  case key(rank: Int)
  /// Pictures that are answers and not images: masks and labels.
  case leftAlone
  case other

  /// Longer names are of no role.
  private static let maxLength = 128

  init(_ name: UnsafeRawBufferPointer) {
    guard name.count <= Self.maxLength else {
      self = .other
      return
    }
    var plain = [UInt8]()
    plain.reserveCapacity(name.count)
    for byte in name {
      switch byte {
      case 0x41...0x5a: plain.append(byte | 0x20)
      case UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: "."): plain.append(UInt8(ascii: "_"))
      default: plain.append(byte)
      }
    }
    let text = String(decoding: plain, as: UTF8.self)
    if let role = Self.roles[text] {
      self = role
    } else {
      let words = plain.split(separator: UInt8(ascii: "_"))
      self = words.contains { Self.answers.contains(Array($0)) } ? .leftAlone : .other
    }
  }

  private static let answers = Set(
    [
      "object", "objects", "mask", "masks", "segmentation", "label", "labels", "annotation", "annotations",
      "groundtruth",
      "thumbnail",
    ].map { Array($0.utf8) })

  private static let roles: [String: FeatureRole] = {
    var roles: [String: FeatureRole] = [:]
    func add(_ role: FeatureRole, _ names: String...) { for name in names { roles[name] = role } }
    add(.encoded, "encoded", "image_encoded", "encoded_image", "img_encoded", "jpeg", "jpg", "png", "webp")
    add(.encoded, "image_jpeg", "image_jpg", "image_png", "jpeg_bytes", "png_bytes", "encoded_jpeg", "encoded_png")
    add(
      .image, "image", "img", "image_raw", "raw_image", "img_raw", "raw", "pixels", "image_pixels", "picture", "photo")
    add(.image, "frame", "frames", "image_bytes", "img_bytes", "image_data", "img_data", "image_string", "x", "data")
    add(.height, "height", "image_height", "img_height", "rows", "h")
    add(.width, "width", "image_width", "img_width", "cols", "columns", "w")
    add(.channels, "depth", "channels", "image_channels", "image_depth", "num_channels", "c")
    add(.shape, "shape", "image_shape", "img_shape")
    let keys = [
      "__key__", "key", "image_filename", "filename", "file_name", "image_file_name", "image_name", "image_path",
      "path",
      "name", "image_source_id", "source_id", "image_id", "id", "example_id", "uuid",
    ]
    for (rank, name) in keys.enumerated() { roles[name] = .key(rank: rank) }
    return roles
  }()
}
