import Platform
import Recognition

/// Two inputs whose outputs would have one name.
public struct OutputCollision: Sendable, Equatable {
  public var output: RawPath
  public var inputs: [RawPath]

  /// Returns the first `most` names that two inputs would share, each with its inputs.
  ///
  /// Walks the inputs of `feed()`, and a second time only if there are any; holds eight bytes per name. `names` returns
  /// the outputs of an input. `visit` is called once with each input and its outputs, and may throw to end the walk.
  public static func find(
    _ feed: () throws(SetupError) -> any Feed, most: Int = 3, names: (RawPath) -> [RawPath],
    visit: (Item, [RawPath]) throws(SetupError) -> Void = { _, _ in }
  ) throws(SetupError) -> [OutputCollision] {
    var hashes: [UInt64] = []
    let first = try feed()
    while let item = first.next() {
      if case .fault = item.origin { continue }
      let outputs = names(item.path)
      try visit(item, outputs)
      hashes += outputs.map { fnv1a($0.bytes) }
    }
    hashes.sort()
    var twice: Set<UInt64> = []
    for (a, b) in zip(hashes, hashes.dropFirst()) where a == b && twice.count < most { twice.insert(a) }
    guard !twice.isEmpty else { return [] }
    var inputs: [RawPath: [RawPath]] = [:]
    let second = try feed()
    while let item = second.next() {
      if case .fault = item.origin { continue }
      for name in names(item.path) where twice.contains(fnv1a(name.bytes)) && inputs[name, default: []].count < 2 {
        inputs[name, default: []].append(item.path)
      }
    }
    return inputs.filter { $0.value.count > 1 }.map { OutputCollision(output: $0.key, inputs: $0.value) }
      .sorted { $0.output.bytes.lexicographicallyPrecedes($1.output.bytes) }
  }

  /// "a.jpg and a.png would both become out/a.txt", one line for each of `collisions`.
  public static func message(_ collisions: [OutputCollision]) -> String? {
    guard let first = collisions.first else { return nil }
    let others = collisions.dropFirst().map { "\n  \($0.inputs[0]) and \($0.inputs[1])" }.joined()
    return "\(first.inputs[0]) and \(first.inputs[1]) would both become \(first.output)\(others)"
  }
}

/// The outputs of a walk that exist, to be compared with its inputs.
public struct ReplacedInputs {
  private var existing: [(output: RawPath, identity: FileIdentity, input: RawPath)] = []
  private var inputs: Set<FileIdentity> = []

  public init() {}

  public mutating func add(_ item: Item, outputs: [RawPath]) {
    if let file = item.file, let identity = FileIdentity(file) { inputs.insert(identity) }
    for output in outputs {
      if let identity = FileIdentity(output) { existing.append((output, identity, item.path)) }
    }
  }

  /// Throws if an output is one of the inputs, by whatever path.
  public func check() throws(SetupError) {
    guard let first = existing.first(where: { inputs.contains($0.identity) }) else { return }
    throw SetupError(
      "the file written for \(first.input) would replace the input \(first.output); name another output")
  }
}
