import Inputs
import Outputs
import Platform
import Recognition

/// Where `imgrec pack` writes, checked before the run starts.
struct PackTarget {
  let pattern: ShardPattern
  let form: ShardForm
  /// Number of the first shard.
  let first: Int
  /// Shards of an earlier run that stay and whose images are not packed again (`--on-exists skip`).
  let earlier: [RawPath]

  init(_ output: String, onExists: OnExists) throws(SetupError) {
    let path = RawArguments().path(output)
    guard let form = ShardForm(ending: path) else { throw Self.mistake(path) }
    do throws(ShardPattern.Mistake) { pattern = try ShardPattern(path) } catch {
      switch error {
      case .notANumber:
        throw SetupError.usage(
          "-o \(path): a percent sign begins the shard's number",
          "Write %06d for the number, and %% for a percent sign.")
      case .severalNumbers:
        throw SetupError.usage("-o \(path) has two numbers", "Write one %06d; %% is a percent sign.")
      }
    }
    self.form = form
    let existing = pattern.existing()
    let next = pattern.isSingle ? 0 : (existing.last ?? -1) + 1
    switch onExists {
    case .error:
      if let first = existing.first {
        let others =
          existing.count == 1 ? "exists" : "and \(SummaryLine.counted(existing.count - 1, "other shard")) exist"
        throw SetupError(
          "\(pattern.path(first)) \(others)\nName another -o, or add --on-exists "
            + (pattern.isSingle
              ? "overwrite to replace it." : "skip to pack what is in none of them, rename to number on, or overwrite.")
        )
      }
      (self.first, earlier) = (0, [])
    case .overwrite: (first, earlier) = (0, [])
    case .rename: (first, earlier) = (next, [])
    case .skip: (first, earlier) = (next, existing.map(pattern.path))
    }
    try FolderTrial.check(pattern.path(first).parent, option: "-o")
  }

  /// Hashes of the names in the earlier shards.
  func earlierNames() throws(SetupError) -> Set<UInt64> {
    var names: Set<UInt64> = []
    for shard in earlier {
      let visit = { (name: RawPath) in _ = names.insert(fnv1a(name.bytes)) }
      do throws(Failure) {
        switch form {
        case .tar: try ContainerNames.visitTar(shard, visit)
        case .tfrecord: try ContainerNames.visitTFRecord(shard, visit)
        case .lmdb: try ContainerNames.visitLMDB(shard, visit)
        }
      } catch {
        throw SetupError("\(shard) cannot be continued: \(error.message)\nMove it away, or name other shards with -o.")
      }
    }
    return names
  }

  /// Shards of a longer earlier run, behind those that were written.
  func leftOver(after count: Int) -> [RawPath] {
    pattern.isSingle ? [] : pattern.existing().filter { $0 >= first + count }.map(pattern.path)
  }

  private static func mistake(_ path: RawPath) -> SetupError {
    let form = "Name it .tar, .tfrecord or .lmdb, as in -o shards/%06d.tar"
    if path == RawPath("-") || path.standardStream != nil {
      return .usage("-o \(path): shards are files", form + ".")
    }
    let isCompressed = path.fileExtension.map { ["gz", "zst", "xz", "bz2", "tgz", "zip"].contains($0) } ?? false
    return .usage(
      "-o \(path): \(isCompressed ? "shards are not compressed, as images are" : "the ending names no format of shards")",
      form + ".")
  }
}
