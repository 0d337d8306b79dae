import Foundation
import Platform

/// An ONNX file whose graph ends at the outputs of a card: values inside the graph, which OpenVINO and ONNX Runtime do
/// not return. Its input can be freed from a fixed size, and its first layer merged (`ONNXFocus`). Weights of other files
/// are then inside (`ONNXExternalData`).
public struct ONNXSubgraph {
  /// Path of the file itself, or of its temporary excerpt.
  public let path: String
  private let isTemporary: Bool

  /// Uses `file` itself if its graph has all `outputs`, or if no node makes a missing one: the engine reports that.
  ///
  /// `freeSides` are the dimensions of the input that are to take any size, height and width; nil leaves it as it is.
  /// `mergesFocus`: a focus and its convolution become one. `isWhole`: weights of other files come inside, whatever else
  /// changes, for an engine that reads one file.
  public init(
    of file: String, outputs: [String]?, freeSides: [Int]? = nil, mergesFocus: Bool = false, isWhole: Bool = false
  ) throws(SetupError) {
    guard outputs != nil || freeSides != nil || mergesFocus || isWhole,
      let model = try? MappedFile(RawPath(file))
    else {
      (path, isTemporary) = (file, false)
      return
    }
    let changed = model.withBytes {
      Self.excerpt($0, outputs ?? [], freeSides: freeSides, mergesFocus: mergesFocus)
    }
    let hasOtherFiles = changed == nil && isWhole ? try !ONNXExternalData.files(of: file).isEmpty : false
    guard changed != nil || hasOtherFiles else {
      (path, isTemporary) = (file, false)
      return
    }
    let excerpt = FileManager.default.temporaryDirectory.appendingPathComponent("imgrec-\(UUID().uuidString).onnx").path
    let write = { (bytes: UnsafeRawBufferPointer) throws(SetupError) in
      try ONNXExternalData.write(bytes, of: file, to: excerpt)
    }
    if let changed {
      try changed.withUnsafeBufferPointer { (bytes) throws(SetupError) in try write(UnsafeRawBufferPointer(bytes)) }
    } else {
      try model.withBytes(write)
    }
    (path, isTemporary) = (excerpt, true)
  }

  /// Removes the excerpt after an engine has read it.
  public func close() { if isTemporary { try? FileManager.default.removeItem(atPath: path) } }

  /// Returns the model with `outputs` as those of its graph, with `freeSides`, and with its focus merged; nil if nothing
  /// changes: it has them already, or a node for an output is missing.
  static func excerpt(
    _ model: UnsafeRawBufferPointer, _ outputs: [String], freeSides: [Int]? = nil, mergesFocus: Bool = false
  ) -> [UInt8]? {
    var changes: [(UnsafeRawBufferPointer) -> [UInt8]?] = []
    if !outputs.isEmpty { changes.append { ended($0, at: outputs) } }
    if let freeSides { changes.append { ONNXFreeSides.freed($0, sides: freeSides) } }
    if mergesFocus { changes.append(ONNXFocus.merged) }
    var fields = ProtobufReader(model)
    var result = ProtobufWriter()
    var isChanged = false
    while let field = fields.next() {
      guard field.number == ONNXField.Model.graph, let graph = changed(field.bytes, by: changes) else {
        if isChanged { result.append(whole: field.whole) }
        continue
      }
      // Most models do not change and are not copied.
      if !isChanged {
        let before = model[..<(field.whole.baseAddress! - model.baseAddress!)]
        result.append(whole: UnsafeRawBufferPointer(rebasing: before))
      }
      result.append(ONNXField.Model.graph, bytes: graph)
      isChanged = true
    }
    return isChanged && !fields.isBroken ? result.bytes : nil
  }

  private static func changed(
    _ graph: UnsafeRawBufferPointer, by changes: [(UnsafeRawBufferPointer) -> [UInt8]?]
  ) -> [UInt8]? {
    changes.reduce(nil as [UInt8]?) { changed, change in
      guard let changed else { return change(graph) }
      return changed.withUnsafeBytes(change) ?? changed
    }
  }

  private static func ended(_ graph: UnsafeRawBufferPointer, at outputs: [String]) -> [UInt8]? {
    var fields = ProtobufReader(graph)
    var nodes: [ONNXNode] = []
    var existing: [String: UnsafeRawBufferPointer] = [:]
    while let field = fields.next() {
      if field.number == ONNXField.Graph.node {
        nodes.append(ONNXNode(field.bytes))
      } else if field.number == ONNXField.Graph.output,
        let name = ProtobufReader(field.bytes).first(where: { $0.number == ONNXField.Value.name })
      {
        existing[name.text] = field.whole
      }
    }
    let made = Set(nodes.flatMap(\.outputs))
    guard !fields.isBroken, outputs.contains(where: { existing[$0] == nil }),
      outputs.allSatisfy({ existing[$0] != nil || made.contains($0) })
    else { return nil }

    // Nodes that no output depends on are dropped: ONNX Runtime would run them. Inner graphs use values that no list of
    // inputs names, so with them all nodes stay.
    let hasInnerGraphs = nodes.contains(where: \.hasGraphs)
    var needed = Set(outputs)
    let isNeeded = nodes.reversed().map { node in
      guard hasInnerGraphs || node.outputs.contains(where: needed.contains) else { return false }
      needed.formUnion(node.inputs)
      return true
    }
    var neededFlags = isNeeded.reversed().makeIterator()
    var result = ProtobufWriter()
    for field in ProtobufReader(graph) where field.number != ONNXField.Graph.output {
      if field.number == ONNXField.Graph.node, neededFlags.next() == false { continue }
      result.append(whole: field.whole)
    }
    for output in outputs {
      if let whole = existing[output] {
        result.append(whole: whole)
      } else {
        var value = ProtobufWriter()
        value.append(ONNXField.Value.name, bytes: output.utf8)
        result.append(ONNXField.Graph.output, bytes: value.bytes)
      }
    }
    return result.bytes
  }
}
