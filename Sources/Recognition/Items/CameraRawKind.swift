/// The kinds of camera raw files, by the usual extension of their makers. Records name them as `format`.
public enum CameraRawKind: String, Sendable, CaseIterable {
  case dng, nef, nrw, cr2, cr3, crw, arw, sr2, srf, pef, srw, orf, rw2, rwl, raf, x3f, mrw, iiq, mos, mef, erf, dcr, kdc
  case hasselblad = "3fr"
}

extension ImageFormat {
  /// The format, and the kind of a camera raw file, by the name that a record has; nil for another name.
  public static func recorded(_ name: String) -> (format: ImageFormat, rawKind: CameraRawKind?)? {
    if let format = ImageFormat(rawValue: name) { return (format, nil) }
    return CameraRawKind(rawValue: name).map { (.raw, $0) }
  }

  /// Every name that a record may have as its `format`.
  public static var recordedNames: [String] { allCases.map(\.rawValue) + CameraRawKind.allCases.map(\.rawValue) }
}
