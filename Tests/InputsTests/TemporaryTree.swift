import XCTest

@testable import Inputs
@testable import Platform
@testable import Recognition

/// A folder of its own for a test, removed with it.
final class TemporaryTree {
  let root: String

  init() throws {
    root = "\(NSTemporaryDirectory())imgrec-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
  }

  deinit {
    // rm copes with what FileManager does not: names that are not UTF-8, paths beyond PATH_MAX.
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/rm")
    process.arguments = ["-rf", root]
    try? process.run()
    process.waitUntilExit()
  }

  func path(_ name: String) -> String { "\(root)/\(name)" }

  @discardableResult
  func file(_ name: String, _ content: String = "x") throws -> String {
    try folder((name as NSString).deletingLastPathComponent)
    try content.write(toFile: path(name), atomically: false, encoding: .utf8)
    return path(name)
  }

  @discardableResult
  func folder(_ name: String) throws -> String {
    try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
    return path(name)
  }

  func link(_ name: String, to target: String) {
    precondition(symlink(target, path(name)) == 0, systemMessage())
  }

  func fifo(_ name: String) { precondition(mkfifo(path(name), 0o600) == 0, systemMessage()) }

  /// What a walk over the tree finds, paths relative to it, faults as `path!code`.
  func walk(_ options: WalkOptions = WalkOptions(), _ names: [String] = [""]) -> [String] {
    let roots = names.map { InputSource.path(RawPath($0.isEmpty ? root : path($0))) }
    return relative(collect(DirectoryWalk(roots, options: options, sniff: sniffTest)))
  }

  func relative(_ items: [Item]) -> [String] {
    items.map { item in
      var text = item.path.description
      if text.hasPrefix(root + "/") { text.removeFirst(root.count + 1) }
      if case .fault(let failure) = item.origin { text += "!\(failure.code.rawValue)" }
      return text
    }
  }
}

func collect(_ feed: any Feed) -> [Item] {
  var items: [Item] = []
  while let item = feed.next() {
    precondition(item.index == items.count)
    items.append(item)
  }
  return items
}

/// "PNG", "SVG" at the beginning of a file make it one.
func sniffTest(_ bytes: UnsafeRawBufferPointer) -> ImageFormat? {
  if bytes.starts(with: Array("PNG".utf8)) { return .png }
  if bytes.starts(with: Array("SVG".utf8)) { return .svg }
  return nil
}

/// `Glob("*.jpg")` in tests, whose patterns are valid.
extension Glob: ExpressibleByStringLiteral {
  public init(stringLiteral pattern: String) { try! self.init(pattern) }
}

func options(_ change: (inout WalkOptions) -> Void) -> WalkOptions {
  var options = WalkOptions()
  change(&options)
  return options
}
