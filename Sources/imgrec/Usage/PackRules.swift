extension PackCommand {
  /// The rules about the options.
  func rules(isSingle: Bool) -> [OptionRule] {
    [
      .needs(
        "--shard-size", isSingle && shardSize != nil, "a number in -o", false, add: "it, as in -o shards/%06d.tar"),
      .needs(
        "--shard-count", isSingle && shardCount != nil, "a number in -o", false, add: "it, as in -o shards/%06d.tar"),
    ]
  }
}
