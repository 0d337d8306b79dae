import Platform

/// Where the names of inputs come from.
public enum InputSource {
  /// A file or a folder.
  case path(RawPath)
  /// Many of them.
  case list(PathList)
}
