import CLoader
import Foundation

/// The memory of the process.
public enum ProcessMemory {
  /// Number of pools from which threads take smaller allocations: one for each core. With eight for each, glibc's default,
  /// the threads of the engines leave gaps in pools of their own: 20 MB with the task text on two cores.
  private static var pools: Int { max(2, HostInfo.cores) }
  /// Bytes from which an allocation has pages of its own. With 4 MiB the task text takes 25 MB more.
  private static let largeBytes = 1 << 20

  /// Gives large allocations pages of their own, which return to the system when they are freed, and the smaller ones few
  /// pools.
  ///
  /// glibc raises that limit up to 32 MiB with each large block that is freed, and the tensors of pictures of many sizes
  /// then leave gaps: 60 sizes with the task text took 1,225 MiB, and take 890. Call it before other threads start.
  public static func keepLittle() {
    #if canImport(Glibc)
      typealias Mallopt = @convention(c) (Int32, Int32) -> Int32
      let (thresholdOption, poolsOption): (Int32, Int32) = (-3, -8)
      guard let mallopt = function("mallopt", as: Mallopt.self) else { return }
      _ = mallopt(thresholdOption, Int32(largeBytes))
      _ = mallopt(poolsOption, Int32(pools))
    #endif
  }

  /// Returns to the system what the allocator keeps of memory that was freed, as compiling a network leaves much behind.
  public static func returnFreed() {
    #if canImport(Glibc)
      typealias Trim = @convention(c) (Int) -> Int32
      _ = function("malloc_trim", as: Trim.self)?(0)
    #endif
  }

  /// Returns the code that was read so far to the system; what runs again is read again, as the first time.
  ///
  /// Linking the program, reading cards and opening networks need code that a run then does not: 30 MB with the task text.
  public static func returnCode() { cloader_return_code() }

  #if canImport(Glibc)
    /// A function of the C library that Swift's module of glibc does not declare: it has no malloc.h.
    private static func function<F>(_ name: String, as type: F.Type) -> F? {
      dlsym(nil, name).map { unsafeBitCast($0, to: type) }
    }
  #endif
}
