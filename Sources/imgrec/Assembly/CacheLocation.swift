import Platform

enum CacheLocation {
  /// Default path of the cache of results; nil without a home directory.
  static var standard: String? { UserDirectories.cache().map { "\($0)/results.sqlite" } }
}
