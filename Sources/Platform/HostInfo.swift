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

  /// Whether `descriptor` is a terminal.
  public static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }
}

/// CPU time and memory that this process has used so far.
public struct ProcessUsage: Sendable {
  /// User and system time of all threads.
  public var cpuSeconds: Double
  /// Peak resident memory in bytes.
  public var peakMemory: Int

  /// Measures the process; nil if the system does not report it.
  public static var current: ProcessUsage? {
    var usage = rusage()
    // Linux counts kibibytes, Darwin bytes.
    #if canImport(Glibc)
      let who: __rusage_who_t = 0
      let unit = 1024
    #else
      let who = RUSAGE_SELF
      let unit = 1
    #endif
    guard getrusage(who, &usage) == 0 else { return nil }
    return ProcessUsage(
      cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
      peakMemory: highWaterMark ?? Int(usage.ru_maxrss) * unit)
  }

  /// Peak resident memory of this program alone, in bytes: `ru_maxrss` on Linux includes what its parent had before
  /// exec.
  private static var highWaterMark: Int? {
    guard let file = fopen("/proc/self/status", "r") else { return nil }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, Int32(line.count), file) != nil {
      guard strncmp(line, "VmHWM:", 6) == 0 else { continue }
      return line.withUnsafeBufferPointer { strtol($0.baseAddress! + 6, nil, 10) } * 1024
    }
    return nil
  }

  private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
}
