import Foundation

/// A made-up TIFF of plain pages, uncompressed, little-endian.
public struct TIFFPages {
  public struct Page {
    public var width: Int
    public var height: Int
    public var red: UInt8, green: UInt8, blue: UInt8
    public var orientation: Int
    /// Whether the pixels are said to lie outside the file.
    public var isDamaged: Bool

    public init(
      _ width: Int, _ height: Int, red: UInt8 = 10, green: UInt8 = 10, blue: UInt8 = 10, orientation: Int = 1,
      isDamaged: Bool = false
    ) {
      (self.width, self.height, self.orientation) = (width, height, orientation)
      (self.red, self.green, self.blue, self.isDamaged) = (red, green, blue, isDamaged)
    }
  }

  public var pages: [Page]
  /// Offset that the last directory gives for a further one; 0: no further one.
  public var dangling = 0

  public init(_ pages: [Page], dangling: Int = 0) {
    self.pages = pages
    self.dangling = dangling
  }

  public var data: Data {
    var bytes: [UInt8] = [0x49, 0x49, 42, 0]
    func put(_ value: Int, _ size: Int) { for i in 0..<size { bytes.append(UInt8(value >> (8 * i) & 0xff)) } }
    put(8, 4)
    for (number, page) in pages.enumerated() {
      let fields: [(tag: Int, type: Int, value: Int)] = [
        (256, 4, page.width), (257, 4, page.height), (258, 3, 8), (259, 3, 1), (262, 3, 2), (273, 4, -1),
        (274, 3, page.orientation), (277, 3, 3), (278, 4, page.height), (279, 4, page.width * page.height * 3),
      ]
      let directory = 2 + fields.count * 12 + 4
      let pixels = bytes.count + directory
      let end = pixels + page.width * page.height * 3
      put(fields.count, 2)
      for field in fields {
        put(field.tag, 2)
        put(field.type, 2)
        put(1, 4)
        put(field.value >= 0 ? field.value : page.isDamaged ? 0x7fff_0000 : pixels, 4)
      }
      put(number + 1 < pages.count ? end : dangling, 4)
      for _ in 0..<page.width * page.height { bytes += [page.red, page.green, page.blue] }
    }
    return Data(bytes)
  }
}
