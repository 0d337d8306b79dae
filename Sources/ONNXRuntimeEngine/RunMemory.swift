import Recognition

/// When a session gives back the memory that it keeps for further runs.
///
/// ONNX Runtime's allocator keeps what a run took, which saves a third of YuNet's time: otherwise the system clears those
/// pages again for each picture. A run on a smaller input takes its memory from what a larger one took, but of growing
/// inputs each leaves its own behind.
struct RunMemory {
  /// Bytes that runs on growing inputs may take in all.
  private static let limit = 128 << 20

  private let workspace: Int
  /// Number of pixels of the largest input since memory was last given back.
  private var largest = 0
  /// Bytes that the growing inputs took.
  private var bytes = 0

  /// `workspace`: bytes that a run takes for a pixel of its input.
  init(workspace: Int) { self.workspace = workspace }

  /// Whether the memory is given back after a run on `count` pictures of `size`.
  mutating func isReturned(after count: Int, _ size: PixelSize) -> Bool {
    let pixels = count * size.area
    guard pixels > largest else { return false }
    bytes += pixels * workspace
    guard largest > 0, bytes > Self.limit else {
      largest = pixels
      return false
    }
    (largest, bytes) = (0, 0)
    return true
  }
}
