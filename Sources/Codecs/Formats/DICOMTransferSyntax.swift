/// How a DICOM file encodes its elements and pixels.
enum DICOMTransferSyntax: Equatable {
  case native(isExplicit: Bool, isBigEndian: Bool)
  case deflated
  /// Fragments that DCMTK decodes.
  case rle, jpeg, jpegLS
  /// Fragments that OpenJPEG decodes.
  case jpeg2000
  /// Named in the failure.
  case unsupported(String)

  init(uid: String) {
    let base = "1.2.840.10008.1.2"
    guard uid.hasPrefix(base) else {
      self = .unsupported("the private transfer syntax \(uid)")
      return
    }
    switch uid.dropFirst(base.utf8.count) {
    case "": self = .native(isExplicit: false, isBigEndian: false)
    case ".1": self = .native(isExplicit: true, isBigEndian: false)
    case ".2": self = .native(isExplicit: true, isBigEndian: true)
    case ".1.99": self = .deflated
    case ".5": self = .rle
    case ".4.50", ".4.51", ".4.53", ".4.55", ".4.57", ".4.70": self = .jpeg
    case ".4.80", ".4.81": self = .jpegLS
    case ".4.90", ".4.91", ".4.201", ".4.202", ".4.203": self = .jpeg2000
    case ".4.92", ".4.93": self = .unsupported("JPEG 2000 Part 2")
    case ".4.94", ".4.95", ".4.204", ".4.205": self = .unsupported("pixels on a JPIP server")
    case ".4.100", ".4.100.1", ".4.101", ".4.101.1": self = .unsupported("MPEG-2 video")
    case let rest where rest.hasPrefix(".4.10"): self = .unsupported("MPEG-4 or HEVC video")
    case ".4.110", ".4.111", ".4.112": self = .unsupported("JPEG XL")
    default: self = .unsupported("the transfer syntax \(uid)")
    }
  }

  var isExplicit: Bool { self != .native(isExplicit: false, isBigEndian: false) }
  var isBigEndian: Bool { self == .native(isExplicit: true, isBigEndian: true) }

  /// Whether the pixels are in fragments.
  var isEncapsulated: Bool {
    switch self {
    case .native, .deflated: false
    case .rle, .jpeg, .jpegLS, .jpeg2000, .unsupported: true
    }
  }
}
