import Foundation

/// The C library's allocator.
public enum Allocator {
  /// Bytes from which an allocation has pages of its own.
  private static let largeBytes = 4 << 20

  /// Gives large allocations pages of their own, which return to the system when they are freed.
  ///
  /// glibc raises that limit up to 32 MiB with each large block that is freed, and the tensors of pictures of many sizes
  /// then leave gaps: 60 sizes with the task text took 1,225 MiB, and take 890. Call it before other threads start.
  public static func returnLargeBlocks() {
    #if canImport(Glibc)
      // Swift's module of glibc has no malloc.h.
      typealias Mallopt = @convention(c) (Int32, Int32) -> Int32
      let thresholdOption: Int32 = -3
      guard let symbol = dlsym(nil, "mallopt") else { return }
      _ = unsafeBitCast(symbol, to: Mallopt.self)(thresholdOption, Int32(largeBytes))
    #endif
  }
}
