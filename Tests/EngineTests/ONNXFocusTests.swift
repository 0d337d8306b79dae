import Foundation
import Platform
import Recognition
import Testing

@testable import ModelFiles

/// A network of a focus and a convolution, with ways in which such files differ.
private struct FocusFile: Sendable, CustomTestStringConvertible {
  enum Slicing: Sendable { case rowsThenColumns, both }

  var testDescription: String
  /// Row and column of the pixel that each quarter of the channels holds.
  var pixels = [(0, 0), (1, 0), (0, 1), (1, 1)]
  var slicing = Slicing.rowsThenColumns
  /// Whether the numbers of the slices are made by nodes.
  var areNumbersNodes = false
  var axes: [Int64] = [2, 3]
  var step: Int64 = 2
  var end = Int64.max
  var kernel = (height: 3, width: 3)
  var pads = [1, 1, 1, 1]
  var strides = [1, 1]
  var autoPad: String?
  var outputs = ["map"]
  var isWeightAnInput = false
  /// Whether a file beside the network holds the bias.
  var areWeightsElsewhere = false
  /// Whether slices take what they make.
  var areSlicesCircular = false
  /// Domain of the convolution.
  var domain = ""
  /// An operation between the concatenation and the convolution.
  var between: String?

  init(_ name: String, _ change: (inout FocusFile) -> Void = { _ in }) {
    testDescription = name
    change(&self)
  }

  private func message(_ body: (inout ProtobufWriter) -> Void) -> [UInt8] {
    var message = ProtobufWriter()
    body(&message)
    return message.bytes
  }

  private func attribute(_ name: String, _ numbers: [Int]) -> [UInt8] {
    message {
      $0.append(ONNXField.Attribute.name, bytes: name.utf8)
      for number in numbers { $0.append(ONNXField.Attribute.integers, value: UInt64(number)) }
      $0.append(ONNXField.Attribute.type, value: 7)
    }
  }

  private func node(
    _ kind: String, _ inputs: [String], _ output: String, _ attributes: [[UInt8]] = [], domain: String = ""
  ) -> [UInt8] {
    message {
      for input in inputs { $0.append(ONNXField.Node.input, bytes: input.utf8) }
      $0.append(ONNXField.Node.output, bytes: output.utf8)
      $0.append(ONNXField.Node.kind, bytes: kind.utf8)
      for attribute in attributes { $0.append(ONNXField.Node.attribute, bytes: attribute) }
      $0.append(ONNXField.Node.domain, bytes: domain.utf8)
    }
  }

  private func tensor(
    _ name: String, _ shape: [Int], type: UInt64, isElsewhere: Bool = false, _ raw: UnsafeRawBufferPointer
  ) -> [UInt8] {
    message {
      for side in shape { $0.append(ONNXField.Tensor.side, value: UInt64(side)) }
      $0.append(ONNXField.Tensor.type, value: type)
      $0.append(ONNXField.Tensor.name, bytes: name.utf8)
      $0.append(ONNXField.Tensor.raw, bytes: raw)
      if isElsewhere { $0.append(ONNXField.Tensor.location, value: 1) }
    }
  }

  private func value(_ name: String, _ shape: [String]) -> [UInt8] {
    var dimensions = ProtobufWriter()
    for side in shape { dimensions.append(ONNXField.Shape.dimension, bytes: dimension(side)) }
    let tensor = message {
      $0.append(ONNXField.ValueType.element, value: 1)
      $0.append(ONNXField.ValueType.shape, bytes: dimensions.bytes)
    }
    let type = message { $0.append(ONNXField.ValueType.tensor, bytes: tensor) }
    return message {
      $0.append(ONNXField.Value.name, bytes: name.utf8)
      $0.append(ONNXField.Value.type, bytes: type)
    }
  }

  /// A side with a length or a name.
  private func dimension(_ side: String) -> [UInt8] {
    message {
      if let length = UInt64(side) {
        $0.append(ONNXField.Shape.length, value: length)
      } else {
        $0.append(ONNXField.Shape.name, bytes: side.utf8)
      }
    }
  }

  private static let bias: [Float] = [0.1, -0.2, 0.3, -0.4, 0.5]

  /// Filters, channels, rows and columns of the convolution.
  private var shape: [Int] { [Self.bias.count, 12, kernel.height, kernel.width] }

  /// The weights of the convolution.
  private var values: [Float] { (0..<shape.reduce(1, *)).map { Float(($0 * 37) % 101 - 50) / 200 } }

  /// The numbers of the network, by the definitions of its layers, for a picture that `sample` gives by row, column and
  /// channel.
  func map(width: Int, height: Int, _ sample: (Int, Int, Int) -> Float) -> [Float] {
    let weights = values
    var map: [Float] = []
    for filter in 0..<shape[0] {
      for y in 0...height / 2 + pads[0] + pads[2] - kernel.height {
        for x in 0...width / 2 + pads[1] + pads[3] - kernel.width {
          var sum = Self.bias[filter]
          for index in 0..<shape[1] * kernel.height * kernel.width {
            let (channel, place) = index.quotientAndRemainder(dividingBy: kernel.height * kernel.width)
            let pixel = pixels[channel / 3]
            let row = 2 * (y + place / kernel.width - pads[0]) + pixel.0
            let column = 2 * (x + place % kernel.width - pads[1]) + pixel.1
            guard 0..<height ~= row, 0..<width ~= column else { continue }
            sum += weights[filter * shape[1] * kernel.height * kernel.width + index] * sample(row, column, channel % 3)
          }
          map.append(sum)
        }
      }
    }
    return map
  }

  var bytes: [UInt8] {
    var nodes: [[UInt8]] = []
    var weights: [[UInt8]] = []
    /// A constant of whole numbers; returns its name.
    func numbers(_ values: [Int64], _ name: String) -> String {
      let constant = values.withUnsafeBytes { tensor(name, [values.count], type: 7, $0) }
      if areNumbersNodes {
        let value = message {
          $0.append(ONNXField.Attribute.name, bytes: "value".utf8)
          $0.append(ONNXField.Attribute.tensor, bytes: constant)
          $0.append(ONNXField.Attribute.type, value: 4)
        }
        nodes.append(node("Constant", [], name, [value]))
      } else {
        weights.append(constant)
      }
      return name
    }
    func slice(_ source: String, _ starts: [Int64], _ axes: [Int64], _ output: String) {
      let names = [
        numbers(starts, "\(output) starts"), numbers(starts.map { _ in end }, "\(output) ends"),
        numbers(axes, "\(output) axes"), numbers(starts.map { _ in step }, "\(output) steps"),
      ]
      nodes.append(node("Slice", [source] + names, output))
    }
    for (index, (row, column)) in pixels.enumerated() {
      switch slicing {
      case .rowsThenColumns:
        slice(areSlicesCircular ? "rows \(index)" : "image", [Int64(row)], [axes[0]], "rows \(index)")
        slice("rows \(index)", [Int64(column)], [axes[1]], "quarter \(index)")
      case .both: slice("image", [Int64(row), Int64(column)], axes, "quarter \(index)")
      }
    }
    let axis = message {
      $0.append(ONNXField.Attribute.name, bytes: "axis".utf8)
      $0.append(ONNXField.Attribute.integer, value: 1)
      $0.append(ONNXField.Attribute.type, value: 2)
    }
    nodes.append(node("Concat", pixels.indices.map { "quarter \($0)" }, "joined", [axis]))
    if let between { nodes.append(node(between, ["joined"], "between")) }
    var attributes = [
      attribute("kernel_shape", [kernel.height, kernel.width]), attribute("strides", strides),
      attribute("dilations", [1, 1]),
    ]
    if let autoPad {
      attributes.append(
        message {
          $0.append(ONNXField.Attribute.name, bytes: "auto_pad".utf8)
          $0.append(ONNXField.Attribute.text, bytes: autoPad.utf8)
          $0.append(ONNXField.Attribute.type, value: 3)
        })
    } else {
      attributes.append(attribute("pads", pads))
    }
    nodes.append(
      node("Conv", [between == nil ? "joined" : "between", "kernel", "bias"], "map", attributes, domain: domain))
    weights.append(values.withUnsafeBytes { tensor("kernel", shape, type: 1, $0) })
    weights.append(Self.bias.withUnsafeBytes { tensor("bias", [5], type: 1, isElsewhere: areWeightsElsewhere, $0) })
    let graph = message {
      for node in nodes { $0.append(ONNXField.Graph.node, bytes: node) }
      $0.append(2, bytes: "focus".utf8)
      for weight in weights { $0.append(ONNXField.Graph.weight, bytes: weight) }
      $0.append(ONNXField.Graph.input, bytes: value("image", ["1", "3", "height", "width"]))
      if isWeightAnInput { $0.append(ONNXField.Graph.input, bytes: value("kernel", shape.map(String.init))) }
      for output in outputs {
        $0.append(ONNXField.Graph.output, bytes: value(output, ["1", "c \(output)", "h \(output)", "w \(output)"]))
      }
    }
    let operators = message {
      $0.append(1, bytes: "".utf8)
      $0.append(2, value: 11)
    }
    return message {
      $0.append(1, value: 6)
      $0.append(8, bytes: operators)
      $0.append(ONNXField.Model.graph, bytes: graph)
    }
  }
}

/// Focus layers become part of the convolution behind them.
@Suite(.serialized) struct ONNXFocusTests {
  private static let merged = [
    FocusFile("as YOLOX has it"),
    FocusFile("quarters in another order") { $0.pixels = [(1, 1), (0, 1), (1, 0), (0, 0)] },
    FocusFile("one slice for both sides") { $0.slicing = .both },
    FocusFile("axes counted from the end") { $0.axes = [-2, -1] },
    FocusFile("numbers made by nodes") { $0.areNumbersNodes = true },
    FocusFile("a kernel and padding of unequal sides") {
      $0.kernel = (1, 5)
      $0.pads = [0, 2, 1, 1]
    },
  ]

  private static let left = [
    FocusFile("two quarters are the same") { $0.pixels = [(0, 0), (1, 0), (0, 1), (0, 1)] },
    FocusFile("every third pixel") { $0.step = 3 },
    FocusFile("a part of the picture") { $0.end = 8 },
    FocusFile("slices of channels") { $0.axes = [1, 3] },
    FocusFile("the same side twice") { $0.axes = [3, 3] },
    FocusFile("a convolution that skips pixels") { $0.strides = [2, 2] },
    FocusFile("padding by a rule") { $0.autoPad = "SAME_UPPER" },
    FocusFile("a convolution of another library") { $0.domain = "com.microsoft.nchwc" },
    FocusFile("weights in another file") { $0.areWeightsElsewhere = true },
    FocusFile("slices of themselves") {
      $0.axes = [3, 3]
      $0.areSlicesCircular = true
    },
    FocusFile("an operation between") { $0.between = "Relu" },
    FocusFile("the concatenation is an output") { $0.outputs = ["map", "joined"] },
    FocusFile("the weights are an input") { $0.isWeightAnInput = true },
  ]

  private func excerpt(_ model: [UInt8]) -> [UInt8]? {
    model.withUnsafeBytes { ONNXSubgraph.excerpt($0, [], mergesFocus: true) }
  }

  /// The kinds of the nodes, without constants.
  private func kinds(_ model: [UInt8]) -> [String] {
    model.withUnsafeBytes { bytes in
      ProtobufReader(bytes).filter { $0.number == ONNXField.Model.graph }
        .flatMap { ProtobufReader($0.bytes).filter { $0.number == ONNXField.Graph.node } }
        .map { ONNXNode($0.bytes).kind }.filter { $0 != "Constant" }
    }
  }

  @Test("gives the numbers of both layers", arguments: merged, EngineUnderTest.available)
  private func values(_ file: FocusFile, _ engine: EngineUnderTest) throws {
    let whole = file.bytes
    let merged = try #require(excerpt(whole))
    #expect(kinds(merged) == ["Conv"])
    #expect(excerpt(merged) == nil)
    let folder = FileManager.default.temporaryDirectory.appending(path: "imgrec-focus-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, bytes) in [("whole.onnx", whole), ("merged.onnx", merged)] {
      // OpenCV 4.6 does not read axes that are counted from the end.
      if engine.provider.kind == .opencv, name == "whole.onnx", file.axes[0] < 0 { continue }
      let path = folder.appending(path: name)
      try Data(bytes).write(to: path)
      let model = Tiny.map(name, path: path.path)
      let instance = try engine.make(model)
      let (mean, scale) = (model.card.input.mean, model.card.input.scale)
      for (width, height) in [(12, 10), (20, 6)] {
        let picture = Tiny.picture(width: width, height: height)
        let expected = file.map(width: width, height: height) { row, column, channel in
          (Float(picture.base[(row * width + column) * 3 + channel]) - mean[channel]) * scale[channel]
        }
        expectClose(try instance.values([picture]), expected, "\(name) \(width)x\(height)")
      }
    }
  }

  @Test("what is no focus stays", arguments: left)
  private func others(_ file: FocusFile) {
    #expect(kinds(file.bytes).contains("Slice"))
    #expect(excerpt(file.bytes) == nil)
  }

  @Test("yolox_nano has one", .enabled(if: (try? Real.path("yolox_nano.onnx", of: "yolox_nano")) != nil))
  func yolox() throws {
    let model = [UInt8](try Data(contentsOf: URL(filePath: try Real.path("yolox_nano.onnx", of: "yolox_nano"))))
    let merged = try #require(excerpt(model))
    #expect(kinds(merged).count == kinds(model).count - 9)
    #expect(!kinds(merged).contains("Slice"))
  }
}
