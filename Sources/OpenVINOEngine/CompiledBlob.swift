import Foundation

/// A network as OpenVINO's CPU plug-in exports it: a header that names the instruction set, six offsets and lengths,
/// constants, and the IR graph, XOR-obfuscated.
///
/// A layer's attribute `primitives_priority` names the preferred kernels. The C interface cannot set it, so it is
/// written here. Files of another form are left unchanged, and OpenVINO rejects an import that it does not recognise.
struct CompiledBlob {
  private let bytes: Data
  private let header: Int
  private let graph: Range<Int>

  /// The key of `ov::util::codec_xor`.
  private static let xorKey: [UInt8] = [0x30, 0x60, 0x70, 0x02, 0x04, 0x08, 0x3F, 0x6F, 0x72, 0x74, 0x78, 0x7F]

  /// Returns nil if it is not such a file, or is for processors with more than AVX2, for which OpenVINO's choice is
  /// good.
  init?(_ file: Data) {
    bytes = file
    let start = 20  // signature of eight bytes, version of four, length of eight
    guard file.count > start, file.prefix(8) == Data("RR_UPCVO".utf8) else { return nil }
    let length = Self.number(file, at: 12)
    guard (0..<1000).contains(length), file.count > start + length + 48,
      String(decoding: file[start..<(start + length)], as: UTF8.self).hasSuffix("isa=Intel AVX2")
    else { return nil }
    header = start + length
    let (offset, size) = (Self.number(file, at: header + 32), Self.number(file, at: header + 40))
    guard offset > 0, size > 0, offset < file.count, size < file.count, header + offset + size == file.count else {
      return nil
    }
    graph = (header + offset)..<file.count
  }

  /// Returns the file with JIT kernels requested; nil if no layer qualifies.
  func preferringJIT() -> Data? {
    guard let text = String(validating: Self.obfuscated(bytes[graph]), as: UTF8.self), text.hasPrefix("<?xml") else {
      return nil
    }
    let preferences = [
      " type=\"Convolution\" ": "cpu:jit_avx2_1x1", " type=\"GroupConvolution\" ": "cpu:jit_avx2_dw",
    ]
    var isChanged = false
    let layers = text.components(separatedBy: "<layer ").map { layer in
      guard let end = layer.firstIndex(of: ">"),
        let preference = preferences.first(where: { layer[..<end].contains($0.key) }),
        let input = layer.range(of: "<input>")
      else { return layer }
      isChanged = true
      let attribute = "<attribute name=\"primitives_priority\" version=\"0\" value=\"\(preference.value)\" />"
      if let info = layer.range(of: "<rt_info>"), info.lowerBound < input.lowerBound {
        return layer.replacingCharacters(in: info, with: "<rt_info>" + attribute)
      }
      return layer.replacingCharacters(in: input, with: "<rt_info>" + attribute + "</rt_info><input>")
    }
    guard isChanged else { return nil }
    let encoded = Self.obfuscated(layers.joined(separator: "<layer ").utf8)
    var file = bytes[..<graph.lowerBound]
    withUnsafeBytes(of: UInt64(encoded.count).littleEndian) { size in
      file.replaceSubrange((header + 40)..<(header + 48), with: size)
    }
    return file + encoded
  }

  /// Applies the XOR, which is its own inverse.
  private static func obfuscated(_ text: some Collection<UInt8>) -> [UInt8] {
    text.enumerated().map { index, byte in byte ^ xorKey[index % xorKey.count] }
  }

  /// The 64-bit little-endian number at `offset`.
  private static func number(_ file: Data, at offset: Int) -> Int {
    Int(clamping: file[offset..<(offset + 8)].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }
}
