import CExempi

/// The properties of a sidecar that imgrec reads and may change. All others are foreign, and stay as they are written.
public enum SidecarProperty: String, Sendable, CaseIterable {
  /// Keywords, flat.
  case subject = "dc:subject"
  /// Keywords with those above them, separated by bars; of Lightroom, and read by darktable and digiKam.
  case hierarchy = "lr:hierarchicalSubject"
  /// Keywords with those above them, separated by slashes; of digiKam.
  case tagsList = "digiKam:TagsList"
  case description = "dc:description"
  /// Regions of the Metadata Working Group.
  case regions = "mwg-rs:Regions"
  /// Extension of the image that a sidecar without it in its name belongs to; of Lightroom. Only read.
  case extensionOfImage = "photoshop:SidecarForExtension"
  /// What imgrec has added to the others.
  case written = "imgrec:Written"
  /// File name of the image, in sidecars that do not have it in their own.
  case image = "imgrec:Image"
  /// "True" in a sidecar that imgrec has made.
  case made = "imgrec:Made"

  var namespace: XMPNamespace {
    switch self {
    case .subject, .description: .dublinCore
    case .hierarchy: .lightroom
    case .tagsList: .digiKam
    case .regions: .regions
    case .extensionOfImage: .photoshop
    case .written, .image, .made: .imgrec
    }
  }

  /// The property of that name; nil if it is foreign.
  init?(namespace uri: String, name: Substring) {
    guard
      let found = Self.allCases.first(where: {
        $0.namespace.rawValue == uri && $0.rawValue.dropFirst($0.namespace.prefix.utf8.count + 1) == name
      })
    else { return nil }
    self = found
  }
}

/// The namespaces of what imgrec writes.
enum XMPNamespace: String, CaseIterable {
  case dublinCore = "http://purl.org/dc/elements/1.1/"
  case lightroom = "http://ns.adobe.com/lightroom/1.0/"
  case digiKam = "http://www.digikam.org/ns/1.0/"
  case regions = "http://www.metadataworkinggroup.com/schemas/regions/"
  case area = "http://ns.adobe.com/xmp/sType/Area#"
  case dimensions = "http://ns.adobe.com/xap/1.0/sType/Dimensions#"
  case photoshop = "http://ns.adobe.com/photoshop/1.0/"
  case imgrec = "urn:imgrec:xmp:1.0/"

  static let rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  static let xml = "http://www.w3.org/XML/1998/namespace"

  var prefix: String {
    switch self {
    case .dublinCore: "dc"
    case .lightroom: "lr"
    case .digiKam: "digiKam"
    case .regions: "mwg-rs"
    case .area: "stArea"
    case .dimensions: "stDim"
    case .photoshop: "photoshop"
    case .imgrec: "imgrec"
    }
  }
}
