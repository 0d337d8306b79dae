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
    return [usage.ru_utime, usage.ru_stime].map { Double($0.tv_sec) + Double($0.tv_usec) * 1e-6 }.reduce(0, +)
  }
}
