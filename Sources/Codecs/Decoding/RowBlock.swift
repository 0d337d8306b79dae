/// Rows that are decoded before they are pushed into the slots together: a few rows stay in the processor's cache for all
/// writers.
enum RowBlock {
  /// Bytes of a block; a single row may have more.
  static let bytes = 512 << 10

  /// Number of rows of `stride` bytes in a block, of `height` in all.
  static func count(stride: Int, height: Int) -> Int { max(1, min(16, height, bytes / max(1, stride))) }
}
