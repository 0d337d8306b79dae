import Inputs
import Platform
import Recognition

/// Names of the members of shards: the paths of the inputs below what the user named, no two of them the same.
struct PackNames {
  private let tree: InputTree
  /// Hashes of the names so far; nil if the inputs have different names anyway.
  private var taken: Set<UInt64>?
  private var count = 0
  /// Number of names that got a number, as another input has the same.
  private(set) var renamed = 0

  init(_ input: InputOptions) {
    let paths = RawArguments().paths(input.paths)
    tree = InputTree(roots: paths)
    // The paths in one folder differ. Of other inputs eight bytes per name are held.
    let isFolder = paths.count == 1 && input.filesFrom.isEmpty && input.namedFolders.count == 1
    taken = isFolder ? nil : []
  }

  /// The name of an input: that which it has in a TFRecord, else its path.
  mutating func name(of item: Item) -> RawPath {
    count += 1
    var name = tree.relative(item.path)
    if let key = item.key, key.isNamedLikeImage {
      let parts = key.bytes.split(separator: UInt8(ascii: "/"))
      name = RawPath(
        Array(
          parts.filter { !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }
            .joined(separator: [UInt8(ascii: "/")])))
    }
    if name.bytes.isEmpty { name = RawPath("member-\(count)") }
    return distinct(name)
  }

  /// The name for an image that would be passed over under `name`: with the ending of its format.
  func readable(_ name: RawPath, _ format: ImageFormat) -> RawPath {
    guard MemberClass.isPassedOver(name), let ending = format.extensions.first else { return name }
    return RawPath(name.bytes + Array(".\(ending)".utf8))
  }

  private mutating func distinct(_ name: RawPath) -> RawPath {
    guard taken != nil else { return name }
    if taken!.insert(fnv1a(name.bytes)).inserted { return name }
    renamed += 1
    let stem = name.stem
    var number = 1
    while true {
      let other = RawPath(Array(stem) + Array("-\(number)".utf8) + Array(name.bytes[stem.endIndex...]))
      if taken!.insert(fnv1a(other.bytes)).inserted { return other }
      number += 1
    }
  }
}
