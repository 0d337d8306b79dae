import Platform

/// A source of input names.
public enum InputSource {
  /// A file or a folder.
  case path(RawPath)
  /// Many paths; standard input may hold images or an archive instead.
  case list(PathList)
}
