/// The settings that all workers of a queue share, stored in the hash `meta`.
public struct QueueManifest: Sendable, Equatable {
  /// Arguments of `imgrec submit` that select the networks and their answers.
  public var arguments: [String]
  public var shards: Int
  /// Maximum bytes of an image that travels inside its item; 0: paths only.
  public var inline: Int

  public static let shardLimits = 1...1024
  /// Maximum bytes of an image inside its item. The limit is set by Redis' client buffers and by the workers' memory.
  public static let maxInline = 16 << 20
  /// Maximum bytes of the arguments: a command line has a few hundred.
  static let maxArguments = 64 << 10

  public init(arguments: [String], shards: Int, inline: Int) {
    self.arguments = arguments
    self.shards = shards
    self.inline = inline
  }
}
