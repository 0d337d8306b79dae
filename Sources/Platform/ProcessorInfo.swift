import Foundation

/// The processor, as Linux describes the first of its cores.
public struct ProcessorInfo: Sendable {
  /// "AMD EPYC, family 25, model 1": what a measurement holds for.
  public var name: String
  public var features: Set<String>

  public static let current = ProcessorInfo(cpuinfo: head(of: "/proc/cpuinfo"))

  /// Reads the first block of /proc/cpuinfo.
  public init(cpuinfo text: String) {
    var fields: [String: String] = [:]
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      // The next core's block follows an empty line.
      if line.isEmpty, !fields.isEmpty { break }
      guard let colon = line.firstIndex(of: ":") else { continue }
      let key = line[..<colon].trimmingCharacters(in: .whitespaces)
      fields[key] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    }
    let parts = [
      fields["model name"] ?? fields["Hardware"], fields["cpu family"].map { "family \($0)" },
      fields["model"].map { "model \($0)" }, fields["CPU implementer"].map { "implementer \($0)" },
      fields["CPU part"].map { "part \($0)" },
    ]
    name = parts.compactMap(\.self).joined(separator: ", ")
    if name.isEmpty { name = "unknown processor" }
    features = Set((fields["flags"] ?? fields["Features"] ?? "").split(separator: " ").map(String.init))
  }

  /// Whether it multiplies in bf16 by instructions of its own. Without them OpenVINO's bf16 on AVX-512 is slower than
  /// f32.
  public var hasBF16: Bool { features.contains("amx_bf16") || features.contains("avx512_bf16") }

  /// Whether it is an x86-64 processor that multiplies 8-bit integers without VNNI.
  public var lacksVNNI: Bool {
    features.contains("sse2") && features.isDisjoint(with: ["avx512_vnni", "avx_vnni", "amx_int8"])
  }

  /// The start of the file: the kernel asks every core of a large machine for its clock to make the whole.
  private static func head(of path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 16384)
    var count = 0
    while count < bytes.count {
      let got = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + count, $0.count - count) }
      guard got > 0 else { break }
      count += got
      if String(decoding: bytes[..<count], as: UTF8.self).contains("\n\n") { break }
    }
    return String(decoding: bytes[..<count], as: UTF8.self)
  }
}
