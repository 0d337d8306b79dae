/// Resources that this process has used.
public struct ProcessUsage: Sendable {
  /// User and system time, in seconds.
  public var cpuSeconds = 0.0
  /// Maximum resident memory, in bytes.
  public var peakMemory = 0

  public init() {}

  /// The usage so far; zeros if the system does not say.
  public static var current: ProcessUsage {
    var usage = rusage()
    // Linux counts kibibytes, Darwin bytes.
    #if canImport(Glibc)
      let who: __rusage_who_t = 0
      let unit = 1024
    #else
      let who = RUSAGE_SELF
      let unit = 1
    #endif
    var result = ProcessUsage()
    guard getrusage(who, &usage) == 0 else { return result }
    result.cpuSeconds = seconds(usage.ru_utime) + seconds(usage.ru_stime)
    result.peakMemory = highWaterMark ?? Int(usage.ru_maxrss) * unit
    return result
  }

  /// Linux counts what the parent had before exec into `ru_maxrss`; this is the process' own.
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
