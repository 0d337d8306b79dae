import Platform

/// Writes images into shards, one after another. A shard has its name only when it is complete.
public final class ShardSeries {
  /// When a shard ends.
  public struct Limits: Sendable {
    /// Largest shard in bytes; a single image may be larger.
    public var bytes: Int
    /// Maximum number of images in a shard.
    public var images: Int

    public init(bytes: Int, images: Int) {
      self.bytes = bytes
      self.images = images
    }
  }

  public struct Total: Sendable {
    public var shards = 0
    public var images = 0
    public var bytes = 0
  }

  /// The complete shards.
  public private(set) var total = Total()
  /// The complete shard that was written last.
  public private(set) var last: RawPath?

  private let pattern: ShardPattern
  private let form: ShardForm
  private let limits: Limits
  private let onExists: OnExists
  private let inputs: InputFiles
  private var number: Int
  private var open: (file: ShardFile, writer: any ShardWriter, images: Int)?

  /// `first` is the number of the first shard. No shard falls on one of `inputs`.
  public init(
    _ pattern: ShardPattern, form: ShardForm, first: Int, limits: Limits, onExists: OnExists, inputs: InputFiles
  ) {
    self.pattern = pattern
    self.form = form
    self.limits = limits
    self.onExists = onExists
    self.inputs = inputs
    number = first
  }

  /// Number of images in the shard that is not complete yet.
  public var pending: Int { open?.images ?? 0 }

  public func add(_ member: ShardMember) throws(SetupError) {
    if let open, open.images >= limits.images || open.writer.size(with: member) > limits.bytes { try finish() }
    if open == nil { try begin() }
    do throws(FileError) { try open?.writer.add(member) } catch { throw problem(error) }
    open?.images += 1
  }

  /// Completes the last shard.
  public func finish() throws(SetupError) {
    do throws(FileError) { try commit() } catch { throw problem(error) }
  }

  /// Throws if the next shard would replace a file that it must not.
  public func check() throws(SetupError) {
    let path = pattern.path(number)
    var status = stat()
    let exists = LongPath.examine(path, &status) == 0
    let identity = exists ? FileIdentity(status) : nil
    if let role = inputs.role(of: path, identity, isImage: false, replacesOthers: onExists == .overwrite) {
      throw SetupError("-o would write over \(path), \(role); name another file")
    }
    guard exists, LongPath.kind(status) != S_IFREG else { return }
    throw SetupError("\(path) is not a regular file; name another with -o")
  }

  private func begin() throws(SetupError) {
    try check()
    do throws(FileError) {
      let file = try ShardFile(pattern.path(number))
      open = (file, try form.begin(file), 0)
    } catch {
      throw problem(error)
    }
  }

  private func commit() throws(FileError) {
    guard var open else { return }
    try open.writer.end()
    last = try open.file.commit(onExists)
    total.shards += 1
    total.images += open.images
    total.bytes += open.file.count
    number += 1
    self.open = nil
  }

  private func problem(_ error: FileError) -> SetupError {
    switch error.code {
    case EEXIST: SetupError("\(error.path) exists; name other shards with -o, or add --on-exists overwrite")
    default: OutputFile.problem(error.path, error.code)
    }
  }
}
