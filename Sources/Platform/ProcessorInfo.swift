import Foundation

/// The processor, as Linux describes the first of its cores.
public struct ProcessorInfo: Sendable {
  /// "AMD EPYC, family 25, model 1": what a measurement holds for.
  public var name: String
  /// "AuthenticAMD", "GenuineIntel"; empty if it is not stated, as on ARM.
  public var vendor: String
  public var features: Set<String>
  /// How it multiplies numbers in bf16.
  public var bf16: BF16

  /// Instructions for products of bf16 numbers.
  public enum BF16: Sendable {
    /// None: OpenVINO's bf16 on AVX-512 would be slower than f32.
    case absent
    /// Those that are no faster than the ones for f32: Intel's AVX512-BF16 without AMX. On Emerald Rapids without AMX
    /// OpenVINO's bf16 took 1.2 to 1.6 times as long as f32 (mobilenet_v2, efficientnet_lite0, yolox_nano,
    /// edsr_photo_x3; one thread).
    case slow
    /// AMX; and AMD's AVX512-BF16, on which OpenVINO's bf16 took .65 to .78 of the time of its f32 (efficientnet_lite0,
    /// mobilenet_v2, yolox_nano, yunet, text; whole scans on two cores of an EPYC 9004).
    case fast
  }

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
    vendor = fields["vendor_id"] ?? ""
    bf16 =
      features.contains("amx_bf16") || features.contains("avx512_bf16") && vendor != "GenuineIntel"
      ? .fast : features.contains("avx512_bf16") ? .slow : .absent
  }

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
