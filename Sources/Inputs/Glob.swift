/// A pattern for names: `*` and `?` (any text and any character, but no slash), `[a-z]`, `[!a-z]`, `{a,b}` (alternatives,
/// also nested), `**` (any number of folders) and `\` before a literal character.
///
/// A pattern without a slash is matched against the last name only, otherwise against the path below the root. A leading
/// slash anchors it to the root; a trailing one restricts it to folders.
public struct Glob: Sendable, CustomStringConvertible {
  public let description: String
  /// Whether upper and lower case are the same.
  public let ignoresCase: Bool
  private let alternatives: [GlobPattern]

  public init(_ pattern: String, ignoringCase: Bool = false) throws(GlobError) {
    description = pattern
    ignoresCase = ignoringCase
    var alternatives: [GlobPattern] = []
    for bytes in try GlobBraces.expand(Array(pattern.utf8)) {
      alternatives.append(try GlobPattern(bytes[...], ignoringCase: ignoringCase))
    }
    self.alternatives = alternatives
  }

  /// Whether `path` matches; it is below the root, without a slash at either end.
  func matches(_ path: ArraySlice<UInt8>, isFolder: Bool) -> Bool {
    alternatives.contains { (isFolder || !$0.foldersOnly) && $0.matches(path) }
  }
}

/// The reason why a pattern is not valid.
public struct GlobError: Error, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}

/// One alternative of a `Glob`, without braces.
struct GlobPattern: Sendable {
  /// Whether only folders match.
  let foldersOnly: Bool
  private let onNameOnly: Bool
  private let segments: [Segment]

  private enum Segment: Sendable {
    /// `**`
    case folders
    case name([GlobToken])
  }

  init(_ pattern: ArraySlice<UInt8>, ignoringCase: Bool) throws(GlobError) {
    var bytes = pattern
    guard !bytes.isEmpty else { throw GlobError("the pattern is empty") }
    foldersOnly = bytes.last == slash
    while bytes.last == slash { bytes.removeLast() }
    onNameOnly = !bytes.contains(slash)
    if bytes.first == slash { bytes.removeFirst() }
    var segments: [Segment] = []
    for part in bytes.split(separator: slash) {
      if part.elementsEqual("**".utf8) {
        // Two in a row mean the same as one.
        if case .folders? = segments.last { continue }
        segments.append(.folders)
      } else {
        segments.append(.name(try GlobToken.tokens(part, ignoringCase: ignoringCase)))
      }
    }
    self.segments = segments
  }

  func matches(_ path: ArraySlice<UInt8>) -> Bool {
    if onNameOnly {
      let name = path[(path.lastIndex(of: slash).map { $0 + 1 } ?? path.startIndex)...]
      return match(segments, [name])
    }
    return match(segments, path.split(separator: slash))
  }

  /// Backtracks to the last `**` only, so that no pattern takes more than length times length steps.
  private func match(_ segments: [Segment], _ names: [ArraySlice<UInt8>]) -> Bool {
    var s = 0
    var n = 0
    var retry: (segment: Int, name: Int)?
    while n < names.count || s < segments.count {
      if s < segments.count {
        switch segments[s] {
        case .folders:
          // At the end of a pattern it requires a name below.
          if s == segments.count - 1 { return n < names.count }
          retry = (s, n)
          s += 1
          continue
        case .name(let tokens):
          if n < names.count, Self.match(tokens, names[n]) {
            s += 1
            n += 1
            continue
          }
        }
      }
      guard let last = retry, last.name < names.count else { return false }
      retry = (last.segment, last.name + 1)
      s = last.segment + 1
      n = last.name + 1
    }
    return true
  }

  private static func match(_ tokens: [GlobToken], _ name: ArraySlice<UInt8>) -> Bool {
    var t = 0
    var n = name.startIndex
    var retry: (token: Int, index: Int)?
    while n < name.endIndex || t < tokens.count {
      if t < tokens.count {
        if case .text = tokens[t] {
          retry = (t, n)
          t += 1
          continue
        }
        if n < name.endIndex, let length = tokens[t].length(at: name[n...]) {
          t += 1
          n += length
          continue
        }
      }
      guard let last = retry, last.index < name.endIndex else { return false }
      retry = (last.token, last.index + 1)
      t = last.token + 1
      n = last.index + 1
    }
    return true
  }
}

private let slash = UInt8(ascii: "/")
