import Platform

/// The first layer of YOLOX, and of YOLOv5 up to 5.0: slices take the four pixels of each square of 2 x 2 apart into
/// channels, for a convolution. A convolution with a kernel twice as wide and high, two pixels at a time, gives the same
/// sums from the picture as it is: yolox_nano takes .94 of the time on ONNX Runtime.
///
/// Source: YOLOX 0.1.1, models/network_blocks.py (`Focus`).
struct ONNXFocus {
  /// Numbers of a convolution: (filters, channels, rows, columns).
  private struct Kernel {
    var shape: [Int]
    var values: UnsafeRawBufferPointer
  }

  /// What the focus and its convolution become.
  private struct Replacement {
    var convolution: Int
    /// Nodes that nothing needs any more.
    var dropped: Set<Int>
    var source: String
    var weight: String
    var kernel: Kernel
    /// Rows and columns of the pixel that each quarter of the channels holds.
    var pixels: [(row: Int, column: Int)]
    /// Above, to the left, below, to the right; in pixels of the convolution.
    var padding: [Int]
  }

  private let graph: UnsafeRawBufferPointer
  private var nodes: [ONNXNode] = []
  /// Index of the node that makes a value.
  private var makers: [String: Int] = [:]
  /// How many inputs and outputs of the graph have the name.
  private var uses: [String: Int] = [:]
  private var tensors: [String: UnsafeRawBufferPointer] = [:]

  /// Returns the graph with its focus and the convolution behind it as one convolution; nil if it has none.
  static func merged(_ graph: UnsafeRawBufferPointer) -> [UInt8]? {
    guard let focus = ONNXFocus(graph), let replacement = focus.replacement() else { return nil }
    return focus.graph(with: replacement)
  }

  private init?(_ graph: UnsafeRawBufferPointer) {
    self.graph = graph
    var fields = ProtobufReader(graph)
    while let field = fields.next() {
      switch field.number {
      case ONNXField.Graph.node:
        let node = ONNXNode(field.bytes)
        guard !node.hasGraphs else { return nil }
        for output in node.outputs { makers[output] = nodes.count }
        for input in node.inputs { uses[input, default: 0] += 1 }
        if let tensor = node.tensor, let name = node.outputs.first { tensors[name] = tensor }
        nodes.append(node)
      case ONNXField.Graph.weight:
        // Files beside the model are not found from another folder.
        guard !ProtobufReader(field.bytes).contains(where: { $0.number == ONNXField.Tensor.location && $0.value != 0 })
        else { return nil }
        if let name = ONNXModel.text(ONNXField.Tensor.name, in: field.bytes) { tensors[name] = field.bytes }
      case ONNXField.Graph.output:
        if let name = ONNXModel.text(ONNXField.Value.name, in: field.bytes) { uses[name, default: 0] += 1 }
      default: break
      }
    }
    guard !fields.isBroken, nodes.contains(where: { $0.kind == "Slice" }) else { return nil }
    // Weights among the inputs state their shapes there too.
    for name in ONNXModel.listedWeights(of: graph) { tensors[name] = nil }
  }

  // MARK: Recognition

  private func replacement() -> Replacement? {
    for (index, node) in nodes.enumerated() {
      guard node.kind == "Conv", !node.isSpecial, node.inputs.count >= 2, let joint = makers[node.inputs[0]],
        nodes[joint].kind == "Concat", nodes[joint].inputs.count == 4, nodes[joint].numbers["axis"] == [1],
        uses[node.inputs[0]] == 1, uses[node.inputs[1]] == 1, let kernel = kernel(node.inputs[1]),
        kernel.shape[1] % 4 == 0, node.numbers["strides"] ?? [1, 1] == [1, 1],
        node.numbers["dilations"] ?? [1, 1] == [1, 1], node.numbers["group"] ?? [1] == [1]
      else { continue }
      let quarters = nodes[joint].inputs.compactMap(quarter)
      let padding = node.numbers["pads"] ?? [0, 0, 0, 0]
      guard Set(quarters.map { $0.row * 2 + $0.column }).count == 4, Set(quarters.map(\.source)).count == 1,
        padding.count == 4, padding.allSatisfy({ 0...64 ~= $0 })
      else { continue }
      return Replacement(
        convolution: index, dropped: unneeded(without: joint), source: quarters[0].source, weight: node.inputs[1],
        kernel: kernel, pixels: quarters.map { ($0.row, $0.column) }, padding: padding)
    }
    return nil
  }

  /// The weights of that name in f32; nil if they are not in the file.
  private func kernel(_ name: String) -> Kernel? {
    guard makers[name] == nil, let tensor = tensors[name] else { return nil }
    var kernel = Kernel(shape: [], values: UnsafeRawBufferPointer(start: nil, count: 0))
    for part in ProtobufReader(tensor) {
      switch part.number {
      case ONNXField.Tensor.side: kernel.shape += ONNXNode.integers(part)
      case ONNXField.Tensor.type: guard part.value == 1 else { return nil }
      case ONNXField.Tensor.raw, ONNXField.Tensor.floats: if !part.bytes.isEmpty { kernel.values = part.bytes }
      default: break
      }
    }
    guard kernel.shape.count == 4, kernel.shape.allSatisfy({ 1...4096 ~= $0 }),
      kernel.values.count == 4 * kernel.shape.reduce(1, *)
    else { return nil }
    return kernel
  }

  /// The pixel of each square that a value holds, and what it was taken from; nil if it was made in another way than by
  /// every second row and column.
  private func quarter(_ value: String) -> (row: Int, column: Int, source: String)? {
    var starts: [Int: Int] = [:]
    var source = value
    while starts.count < 2, let maker = makers[source], nodes[maker].kind == "Slice", let slice = slice(nodes[maker]) {
      for (axis, start) in slice { guard starts.updateValue(start, forKey: axis) == nil else { return nil } }
      source = nodes[maker].inputs[0]
    }
    guard let row = starts[2], let column = starts[3], starts.values.allSatisfy({ 0...1 ~= $0 }) else { return nil }
    return (row, column, source)
  }

  /// Where a slice of step 2 to the end starts on its axes, which are rows (2) and columns (3).
  private func slice(_ node: ONNXNode) -> [Int: Int]? {
    let numbers = node.inputs.dropFirst().compactMap(numbers)
    guard node.inputs.count == 5, numbers.count == 4, Set(numbers.map(\.count)).count == 1 else { return nil }
    let (starts, ends, axes, steps) = (numbers[0], numbers[1], numbers[2].map { $0 < 0 ? $0 + 4 : $0 }, numbers[3])
    guard steps.allSatisfy({ $0 == 2 }), ends.allSatisfy({ $0 >= Int(Int32.max) }), axes.allSatisfy({ 2...3 ~= $0 }),
      !axes.isEmpty, Set(axes).count == axes.count
    else { return nil }
    return Dictionary(uniqueKeysWithValues: zip(axes, starts))
  }

  /// A constant of a few 64-bit integers.
  private func numbers(_ name: String) -> [Int]? {
    guard let tensor = tensors[name] else { return nil }
    var values: [Int] = []
    for part in ProtobufReader(tensor) {
      switch part.number {
      case ONNXField.Tensor.type: guard part.value == 7 else { return nil }
      case ONNXField.Tensor.integers: values += ONNXNode.integers(part)
      case ONNXField.Tensor.raw:
        guard part.bytes.count <= 64, part.bytes.count % 8 == 0 else { return nil }
        values = stride(from: 0, to: part.bytes.count, by: 8).map {
          Int(Int64(littleEndian: part.bytes.loadUnaligned(fromByteOffset: $0, as: Int64.self)))
        }
      default: break
      }
    }
    return values
  }

  /// A concatenation, and the slices that only it needed.
  private func unneeded(without joint: Int) -> Set<Int> {
    var uses = uses
    var dropped: Set<Int> = []
    var waiting = [joint]
    while let index = waiting.popLast() {
      guard dropped.insert(index).inserted else { continue }
      for input in nodes[index].inputs {
        uses[input, default: 0] -= 1
        if uses[input] == 0, let maker = makers[input], nodes[maker].kind == "Slice" { waiting.append(maker) }
      }
    }
    return dropped
  }

  // MARK: Replacement

  private func graph(with replacement: Replacement) -> [UInt8] {
    var result = ProtobufWriter()
    var index = 0
    for field in ProtobufReader(graph) {
      switch field.number {
      case ONNXField.Graph.node:
        defer { index += 1 }
        if index == replacement.convolution {
          result.append(field.number, bytes: convolution(replacement))
        } else if !replacement.dropped.contains(index) {
          result.append(whole: field.whole)
        }
      case ONNXField.Graph.weight where ONNXModel.text(ONNXField.Tensor.name, in: field.bytes) == replacement.weight:
        result.append(field.number, bytes: weights(replacement))
      default: result.append(whole: field.whole)
      }
    }
    return result.bytes
  }

  private func convolution(_ replacement: Replacement) -> [UInt8] {
    let changed = [
      "kernel_shape": replacement.kernel.shape[2...].map { 2 * $0 }, "strides": [2, 2],
      "pads": replacement.padding.map { 2 * $0 },
    ]
    var result = ProtobufWriter()
    var isFirst = true
    for part in ProtobufReader(nodes[replacement.convolution].bytes) {
      if part.number == ONNXField.Node.input, isFirst {
        result.append(part.number, bytes: replacement.source.utf8)
        isFirst = false
      } else if part.number != ONNXField.Node.attribute
        || changed[ONNXModel.text(ONNXField.Attribute.name, in: part.bytes) ?? ""] == nil
      {
        result.append(whole: part.whole)
      }
    }
    for (name, numbers) in changed.sorted(by: { $0.key < $1.key }) {
      var attribute = ProtobufWriter()
      attribute.append(ONNXField.Attribute.name, bytes: name.utf8)
      for number in numbers { attribute.append(ONNXField.Attribute.integers, value: UInt64(number)) }
      // INTS.
      attribute.append(ONNXField.Attribute.type, value: 7)
      result.append(ONNXField.Node.attribute, bytes: attribute.bytes)
    }
    return result.bytes
  }

  /// The kernel of the quarters in the places that their pixels have in a kernel twice as wide and high.
  private func weights(_ replacement: Replacement) -> [UInt8] {
    let (kernel, shape) = (replacement.kernel, replacement.kernel.shape)
    let (channels, height, width) = (shape[1] / 4, shape[2], shape[3])
    var values = [UInt32](repeating: 0, count: shape.reduce(1, *))
    var read = 0
    for filter in 0..<shape[0] {
      for pixel in replacement.pixels {
        for channel in 0..<channels {
          for y in 0..<height {
            let row = ((filter * channels + channel) * height + y) * 2 + pixel.row
            for x in 0..<width {
              values[(row * width + x) * 2 + pixel.column] = kernel.values.loadUnaligned(
                fromByteOffset: read, as: UInt32.self)
              read += 4
            }
          }
        }
      }
    }
    var tensor = ProtobufWriter()
    for side in [shape[0], channels, 2 * height, 2 * width] {
      tensor.append(ONNXField.Tensor.side, value: UInt64(side))
    }
    tensor.append(ONNXField.Tensor.type, value: 1)
    tensor.append(ONNXField.Tensor.name, bytes: replacement.weight.utf8)
    values.withUnsafeBytes { tensor.append(ONNXField.Tensor.raw, bytes: $0) }
    return tensor.bytes
  }
}
