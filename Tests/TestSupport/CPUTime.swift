import Foundation

/// Seconds of processor time, which a load beside the test does not change.
public enum CPUTime {
  /// Of this process, all threads.
  public static var ownSeconds: Double { seconds(of: 0) }
  /// Of the processes that this one has started and that have ended.
  public static var childSeconds: Double { seconds(of: -1) }

  #if canImport(Glibc)
    private typealias Scope = __rusage_who_t
  #else
    private typealias Scope = Int32
  #endif

  /// `scope` is RUSAGE_SELF (0) or RUSAGE_CHILDREN (-1), which Glibc imports as another type than `getrusage` takes.
  private static func seconds(of scope: Scope) -> Double {
    var usage = rusage()
    getrusage(scope, &usage)
    // As one expression this takes the compiler two seconds.
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) * 1e-6 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
  }
}
