import Foundation

/// The C library's allocator.
public enum Allocator {
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
      // Swift's module of glibc has no malloc.h.
      typealias Mallopt = @convention(c) (Int32, Int32) -> Int32
      let (thresholdOption, poolsOption): (Int32, Int32) = (-3, -8)
      guard let symbol = dlsym(nil, "mallopt") else { return }
      let mallopt = unsafeBitCast(symbol, to: Mallopt.self)
      _ = mallopt(thresholdOption, Int32(largeBytes))
      _ = mallopt(poolsOption, Int32(pools))
    #endif
  }
}
