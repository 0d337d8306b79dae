import Recognition

/// When a session gives back the memory that it keeps for further runs.
///
/// ONNX Runtime's allocator keeps what a run took, which saves a third of YuNet's time: otherwise the system clears those
/// pages again for each picture. But inputs of many sizes add up: 60 pages of text took 1.5 GiB more.
struct RunMemory {
  /// Bytes that runs on inputs of several sizes may take in all.
  private static let limit = 128 << 20

  private let workspace: Int
  /// The inputs of the runs for which memory is kept: pictures, and their size.
  private var kept: [(count: Int, size: PixelSize)] = []
  private var bytes = 0

  /// `workspace`: bytes that a run takes for a pixel of its input.
  init(workspace: Int) { self.workspace = workspace }

  /// Whether the memory is given back after a run on `count` pictures of `size`.
  mutating func isReturned(after count: Int, _ size: PixelSize) -> Bool {
    guard !kept.contains(where: { $0.count == count && $0.size == size }) else { return false }
    kept.append((count, size))
    bytes += count * size.area * workspace
    guard kept.count > 1, bytes > Self.limit else { return false }
    kept = []
    bytes = 0
    return true
  }
}
