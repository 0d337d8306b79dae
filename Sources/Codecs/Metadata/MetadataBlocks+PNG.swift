import CPNG

extension MetadataBlocks {
  private static let maxTextBytes = 1 << 20

  mutating func readPNG(_ file: ByteReader) {
    PNG.walk(file) { chunk in
      guard hasCapacity else { return }
      let type = chunk.lowerBound + 4
      let body = file[chunk.lowerBound + 8..<chunk.upperBound - 4]
      if file.has("eXIf", at: type) {
        addEXIF(body)
      } else if file.has("iTXt", at: type), body.has("XML:com.adobe.xmp\0") {
        Self.withText(of: body, keyword: 17, isInternational: true) { addXMP(ByteReader($0)) }
      } else if let keyword = Self.profileKeyword(body),
        file.has("zTXt", at: type) || file.has("tEXt", at: type)
          || file.has("iTXt", at: type)
      {
        Self.withText(
          of: body, keyword: keyword, isInternational: file.has("iTXt", at: type),
          isDeflated: file.has("zTXt", at: type)
        ) { text in
          Self.profile(ByteReader(text)).withUnsafeBytes { addEXIF(ByteReader($0)) }
        }
      }
    }
  }

  /// Length of the keyword by which ImageMagick stores EXIF data as text.
  private static func profileKeyword(_ body: ByteReader) -> Int? {
    if body.has("Raw profile type exif\0") { return 21 }
    return body.has("Raw profile type APP1\0") ? 21 : nil
  }

  /// Calls `read` with the text that follows a keyword and its NUL, inflated up to a limit.
  private static func withText(
    of body: ByteReader, keyword: Int, isInternational: Bool, isDeflated: Bool = false,
    _ read: (UnsafeRawBufferPointer) -> Void
  ) {
    var (at, isDeflated) = (keyword + 1, isDeflated)
    if isInternational {
      isDeflated = body.u8(at) == 1
      at += 2
      // Language and translated keyword.
      for _ in 0..<2 {
        guard let end = body[at..<at + 1024].bytes.firstIndex(of: 0) else { return }
        at += end + 1
      }
    } else if isDeflated {
      at += 1
    }
    let data = body[from: at].bytes
    guard isDeflated else { return read(data) }
    guard let start = data.bindMemory(to: UInt8.self).baseAddress else { return }
    let capacity = min(maxTextBytes, max(4096, data.count * 64))
    let text = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
      count = cpng_inflate(start, data.count, buffer.baseAddress, capacity)
    }
    text.withUnsafeBytes(read)
  }

  /// The bytes of a profile in hexadecimal digits, after two lines: its name, and its length.
  private static func profile(_ text: ByteReader) -> [UInt8] {
    var bytes: [UInt8] = []
    var high: UInt8?
    var lines = 0
    var hasContent = false
    for byte in text.bytes.prefix(maxTextBytes) {
      if lines < 2 {
        // The name is preceded by an empty line.
        if byte != 0x0A { hasContent = true } else if hasContent { (lines, hasContent) = (lines + 1, false) }
        continue
      }
      guard let digit = Character(UnicodeScalar(byte)).hexDigitValue else { continue }
      if let first = high {
        bytes.append(first << 4 | UInt8(digit))
        high = nil
      } else {
        high = UInt8(digit)
      }
    }
    return bytes
  }
}
