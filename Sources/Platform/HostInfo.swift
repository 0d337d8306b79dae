import Foundation

/// The resources of this machine that the process may use.
public enum HostInfo {
  /// Number of processors: those of the affinity mask (which Foundation reads), limited by the cgroup's share of them,
  /// rounded up; at least 1.
  public static let cores: Int = {
    var count = ProcessInfo.processInfo.activeProcessorCount
    if let share = cgroupShare() { count = min(count, Int(share.rounded(.up))) }
    return max(1, count)
  }()

  /// Returns the CPU time that the cgroup grants, in processors; nil if it is unlimited.
  private static func cgroupShare() -> Double? {
    func numbers(_ path: String) -> [Substring]? {
      guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
      return text.split(whereSeparator: \.isWhitespace)
    }
    if let max = numbers("/sys/fs/cgroup/cpu.max"), max.count == 2, let quota = Double(max[0]),
      let period = Double(max[1]), quota > 0, period > 0
    {
      return quota / period
    }
    if let quota = numbers("/sys/fs/cgroup/cpu/cpu.cfs_quota_us")?.first.flatMap({ Double($0) }),
      let period = numbers("/sys/fs/cgroup/cpu/cpu.cfs_period_us")?.first.flatMap({ Double($0) }), quota > 0,
      period > 0
    {
      return quota / period
    }
    return nil
  }

  /// Path of this executable, even if it was replaced meanwhile.
  public static let executable: String = {
    #if os(Linux)
      "/proc/self/exe"
    #else
      Bundle.main.executablePath ?? CommandLine.arguments[0]
    #endif
  }()

  /// Whether `descriptor` is a terminal.
  public static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }
}
