/// The memory and the descriptors of this process, and when it started.
public struct ProcessState: Sendable {
  /// Seconds since the Unix epoch.
  public var startTime = 0.0
  public var residentBytes = 0
  public var virtualBytes = 0
  public var openFiles = 0
  public var maxFiles = 0

  public init() {}

  /// The state now, read from /proc; nil on systems without it.
  public static var current: ProcessState? {
    var state = ProcessState()
    guard let pages = numbers("/proc/self/statm"), pages.count > 1, let start = startTime,
      let files = openFiles
    else { return nil }
    let pageSize = sysconf(Int32(_SC_PAGESIZE))
    state.virtualBytes = pages[0] * pageSize
    state.residentBytes = pages[1] * pageSize
    state.startTime = start
    state.openFiles = files
    var limit = rlimit()
    // Unlimited is the largest number that a gauge holds exactly.
    if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
      state.maxFiles = Int(min(limit.rlim_cur, 1 << 53))
    }
    return state
  }

  private static func numbers(_ path: String) -> [Int]? {
    guard let bytes = try? FileSystem.contents(path) else { return nil }
    return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).map { Int($0) ?? 0 }
  }

  /// The time of the boot and the ticks from there to the start of the process.
  private static let startTime: Double? = {
    guard let stat = (try? FileSystem.contents("/proc/self/stat")).map({ String(decoding: $0, as: UTF8.self) }),
      let boot = (try? FileSystem.contents("/proc/stat")).map({ String(decoding: $0, as: UTF8.self) })?
        .split(separator: "\n").first(where: { $0.hasPrefix("btime ") }).flatMap({ Double($0.dropFirst(6)) }),
      // The second field, the name in parentheses, may hold spaces; the start is the twenty-second.
      let name = stat.lastIndex(of: ")")
    else { return nil }
    let fields = stat[stat.index(after: name)...].split(separator: " ")
    guard fields.count > 19, let ticks = Double(fields[19]) else { return nil }
    return boot + ticks / Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
  }()

  /// Number of open descriptors, without the one that counts them.
  private static var openFiles: Int? {
    // "." and ".." are among the names.
    let count = FileSystem.names(in: RawPath("/proc/self/fd")).count - 3
    return count < 0 ? nil : count
  }
}
