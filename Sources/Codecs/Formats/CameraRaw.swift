import Recognition

/// Files of cameras' sensors (NEF, CR2, ARW, DNG and others). They are recognised only to be named in an error: most are
/// TIFF files whose first directory is a thumbnail, which must not pass for the picture.
enum CameraRaw {
  /// Directories of the main chain that are looked at.
  private static let maxDirectories = 32

  static func isRaw(_ file: ByteReader) -> Bool { hasSignature(file) || TIFFStream(file).map(isRaw) == true }

  static func failure() -> Failure {
    let advice = Conversion.of(.raw).map { "; extract the preview: \($0.text)" } ?? ""
    return Failure(.decode, .unsupported, "raw: camera raw files are not read\(advice)")
  }

  /// Signatures that no other format has.
  private static func hasSignature(_ file: ByteReader) -> Bool {
    // Olympus, Panasonic and Leica have numbers of their own in place of TIFF's 42.
    if ["IIRO", "IIRS", "MMOR", "IIU\0"].contains(where: { file.has($0) }) { return true }
    if file.has("FUJIFILMCCD-RAW") || file.has("FOVb") || file.has("\0MRM") { return true }
    if file.has("II"), file.has("HEAPCCDR", at: 6) { return true }
    if file.has("ftypcrx ", at: 4) { return true }
    guard file.has("II*\0") || file.has("MM\0*") else { return false }
    // Canon's CR2 has its version, and Phase One's IIQ its own header, after the header of TIFF.
    return file.has("CR\u{2}", at: 8) && file.has("\u{10}\0\0\0", at: 4) || file.has("IIIIwaR", at: 8)
      || file.has("IIIITwaR", at: 8)
      || file.has("MMMMRaw", at: 8) || file.has("MMMMRawT", at: 8)
  }

  private static func isRaw(_ stream: TIFFStream) -> Bool {
    let chain = stream.chain(limit: maxDirectories).directories
    for directory in chain {
      if holdsSensorData(directory) { return true }
      for inner in directory.subdirectories {
        if holdsSensorData(inner) || inner.subdirectories.contains(where: holdsSensorData) { return true }
      }
    }
    // The field alone proves nothing: programs copy it to the TIFF that they make of a DNG.
    guard let first = chain.first else { return false }
    return first.isReduced && first.values(.dngVersion) != nil
  }

  private static func holdsSensorData(_ directory: TIFFDirectory) -> Bool {
    // Colour filter array, linear raw.
    if let photometric = directory[.photometric], photometric == 32_803 || photometric == 34_892 { return true }
    // Compressions of Sony, Nikon, Samsung and Kodak; of Pentax and again Kodak.
    return [32_767, 32_770, 34_713, 65_000, 65_535].contains(directory[.compression])
  }
}
