/// Which properties of XMP a copy does not keep.
enum XMPRules {
  private static let exif = "http://ns.adobe.com/exif/1.0/"
  private static let xmp = "http://ns.adobe.com/xap/1.0/"
  private static let note = "http://ns.adobe.com/xmp/note/"
  private static let iptc = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
  private static let panorama = "http://ns.google.com/photos/1.0/panorama/"

  /// Namespaces of which nothing is kept, by their beginning.
  private static let namespaces: [(prefix: String, removed: RemovedMetadata)] = [
    // Regions of faces with names: the Metadata Working Group's, Microsoft's and ACDSee's.
    ("http://www.metadataworkinggroup.com/schemas/regions/", .people),
    ("http://ns.microsoft.com/photo/1.2/", .people),
    ("http://ns.acdsee.com/regions/", .people),
    // Faces, depth and HDR maps, and further pictures of phones.
    ("http://ns.apple.com/", .makerData),
    ("http://ns.google.com/photos/", .makerData),
    ("http://ns.xiaomi.com/", .makerData),
    ("http://ns.adobe.com/hdr-gain-map/", .makerData),
    ("http://ns.adobe.com/xap/1.0/g/img/", .thumbnails),
    ("http://www.w3.org/2003/01/geo/", .position),
  ]

  /// What is lost with the property `local` of `namespace`; nil if it is kept.
  static func loss(_ namespace: String, _ local: String) -> RemovedMetadata? {
    if namespace == panorama { return nil }
    if let found = namespaces.first(where: { namespace.hasPrefix($0.prefix) }) { return found.removed }
    let name = local.lowercased()
    if name.hasPrefix("gps") || name.contains("latitude") || name.contains("longitude") { return .position }
    switch (namespace, local) {
    case (xmp, "Thumbnails"), (xmp, "PageInfo"): return .thumbnails
    // It names further segments, which are left out.
    case (note, "HasExtendedXMP"): return .makerData
    case (iptc, "PersonInImage"), (iptc, "PersonInImageWDetails"), (iptc, "ImageRegion"): return .people
    default: return nil
    }
  }

  /// Whether a value is a picture in base64: JPEG, PNG or WebP.
  static func isPicture(_ text: some StringProtocol) -> Bool {
    let start = text.drop { $0.isWhitespace }
    return ["/9j/", "iVBORw0KGgo", "UklGR"].contains { start.hasPrefix($0) }
  }
}
