import Foundation

/// A network as OpenVINO's processor plug-in exports it: a beginning that tells the instruction set, six offsets and
/// lengths, constants, and the graph as IR behind a veil.
///
/// A layer's attribute `primitives_priority` names the kernels wanted for it. The C interface cannot set it, so it is
/// written here; what this does not recognise, it leaves alone, and what OpenVINO does not, it refuses to import.
struct CompiledBlob {
  private let bytes: Data
  private let header: Int
  private let graph: Range<Int>

  /// As `ov::util::codec_xor` has it.
  private static let xorKey: [UInt8] = [0x30, 0x60, 0x70, 0x02, 0x04, 0x08, 0x3F, 0x6F, 0x72, 0x74, 0x78, 0x7F]

  /// nil where it is not such a file, or for processors with more than AVX2, where OpenVINO's choice is good.
  init?(_ file: Data) {
    bytes = file
    let start = 20  // a mark of eight bytes, a version of four, a length of eight
    guard file.count > start, file.prefix(8) == Data("RR_UPCVO".utf8) else { return nil }
    let length = Self.number(file, at: 12)
    guard (0..<1000).contains(length), file.count > start + length + 48,
      String(decoding: file[start..<(start + length)], as: UTF8.self).hasSuffix("isa=Intel AVX2")
    else { return nil }
    header = start + length
    let (place, size) = (Self.number(file, at: header + 32), Self.number(file, at: header + 40))
    guard place > 0, size > 0, place < file.count, size < file.count, header + place + size == file.count else {
      return nil
    }
    graph = (header + place)..<file.count
  }

  /// The file with the jit kernels wished for; nil where there is nothing to wish for.
  func preferringJIT() -> Data? {
    guard let text = String(validating: Self.veiled(bytes[graph]), as: UTF8.self), text.hasPrefix("<?xml") else {
      return nil
    }
    let wishes = [
      " type=\"Convolution\" ": "cpu:jit_avx2_1x1", " type=\"GroupConvolution\" ": "cpu:jit_avx2_dw",
    ]
    var isWished = false
    let layers = text.components(separatedBy: "<layer ").map { layer in
      guard let end = layer.firstIndex(of: ">"), let wish = wishes.first(where: { layer[..<end].contains($0.key) }),
        let place = layer.range(of: "<input>")
      else { return layer }
      isWished = true
      let attribute = "<attribute name=\"primitives_priority\" version=\"0\" value=\"\(wish.value)\" />"
      if let told = layer.range(of: "<rt_info>"), told.lowerBound < place.lowerBound {
        return layer.replacingCharacters(in: told, with: "<rt_info>" + attribute)
      }
      return layer.replacingCharacters(in: place, with: "<rt_info>" + attribute + "</rt_info><input>")
    }
    guard isWished else { return nil }
    let wished = Self.veiled(layers.joined(separator: "<layer ").utf8)
    var file = bytes[..<graph.lowerBound]
    withUnsafeBytes(of: UInt64(wished.count).littleEndian) { size in
      file.replaceSubrange((header + 40)..<(header + 48), with: size)
    }
    return file + wished
  }

  private static func veiled(_ text: some Collection<UInt8>) -> [UInt8] {
    text.enumerated().map { place, byte in byte ^ xorKey[place % xorKey.count] }
  }

  private static func number(_ file: Data, at place: Int) -> Int {
    Int(clamping: file[place..<(place + 8)].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }
}
