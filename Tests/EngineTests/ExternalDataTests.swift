import Foundation
import Platform
import Recognition
import Testing

@testable import ModelFiles

/// Networks whose weights are in a file beside them: Fixtures/models/external.onnx is classes.onnx in that form.
@Suite(.serialized) final class ExternalDataTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "imgrec-external-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for name in ["external.onnx", "external.onnx.data"] {
      try FileManager.default.copyItem(at: Tiny.folder.appending(path: name), to: folder.appending(path: name))
    }
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private var network: String { folder.appending(path: "external.onnx").path }
  private var weights: URL { folder.appending(path: "external.onnx.data") }

  private func model(outputs: [String]? = nil) -> LoadedModel {
    Tiny.classes("external.onnx", outputs: outputs, path: network)
  }

  @Test("gives what the network in one file gives", arguments: EngineUnderTest.available)
  func values(_ engine: EngineUnderTest) throws {
    let picture = Tiny.picture(width: 8, height: 8)
    expectClose(try engine.make(model()).values([picture]), Tiny.scores[0], "external.onnx")
    // A value inside the graph, for which OpenVINO and ONNX Runtime read an excerpt of the file.
    var (inner, whole) = (model(outputs: ["pool"]), Tiny.classes(outputs: ["pool"]))
    (inner.card.head, whole.card.head) = (HeadSpec(kind: .vector), HeadSpec(kind: .vector))
    expectClose(
      try engine.make(inner).values([picture]), try engine.make(whole).values([picture]), "pool of external.onnx")
  }

  @Test("takes pictures of any size", arguments: EngineUnderTest.available.filter { $0.provider.kind != .opencv })
  func freeSides(_ engine: EngineUnderTest) throws {
    var free = model()
    free.card.input.resize = .init(rule: .fit, side: 64, multiple: 2)
    var whole = Tiny.classes()
    whole.card.input.resize = free.card.input.resize
    let picture = Tiny.picture(width: 12, height: 10)
    expectClose(try engine.make(free).values([picture]), try engine.make(whole).values([picture]), "12x10")
  }

  @Test("a missing, shorter or damaged file is named", arguments: EngineUnderTest.available)
  func mistakes(_ engine: EngineUnderTest) throws {
    let whole = try Data(contentsOf: weights)
    try whole.dropLast().write(to: weights)
    let model = model(outputs: ["pool"])
    engine.expectRefusal(of: model, naming: "has \(whole.count - 1) bytes, fewer than the weights of")
    try FileManager.default.removeItem(at: weights)
    engine.expectRefusal(of: model, naming: "Keep it beside the network")
    try FileManager.default.createDirectory(at: weights, withIntermediateDirectories: false)
    engine.expectRefusal(of: model, naming: "cannot be read: Is a directory")
    try FileManager.default.removeItem(at: weights)
    #expect(mkfifo(weights.path, 0o600) == 0)
    engine.expectRefusal(of: model, naming: "cannot be read: Invalid argument")
  }

  private func message(_ body: (inout ProtobufWriter) -> Void) -> [UInt8] {
    var message = ProtobufWriter()
    body(&message)
    return message.bytes
  }

  /// A tensor whose bytes are in the file `location`.
  private func tensor(_ entries: [(String, String)]) -> [UInt8] {
    message {
      for (key, value) in entries {
        let entry = message {
          $0.append(ONNXField.Entry.key, bytes: key.utf8)
          $0.append(ONNXField.Entry.value, bytes: value.utf8)
        }
        $0.append(ONNXField.Tensor.external, bytes: entry)
      }
      $0.append(ONNXField.Tensor.location, value: 1)
    }
  }

  /// Writes a network with a tensor in a graph that `depth` others are around, and returns the files that it names.
  private func files(_ entries: [(String, String)], depth: Int = 1) throws -> [String] {
    var graph = message { $0.append(ONNXField.Graph.weight, bytes: tensor(entries)) }
    for _ in 0..<depth {
      let attribute = message { $0.append(6, bytes: graph) }
      let node = message { $0.append(ONNXField.Node.attribute, bytes: attribute) }
      graph = message { $0.append(ONNXField.Graph.node, bytes: node) }
    }
    let model = message { $0.append(ONNXField.Model.graph, bytes: graph) }
    try Data(model).write(to: URL(filePath: network))
    return try ONNXExternalData.files(of: network)
  }

  @Test func filesAreFoundInInnerGraphs() throws {
    let entries = [("location", "external.onnx.data"), ("offset", "8"), ("length", "4")]
    #expect(try files(entries) == [weights.path])
    #expect(try files([("location", "external.onnx.data")]) == [weights.path])
    // Far more graphs than a network has: a damaged file must not end in a stack overflow.
    #expect(try files(entries, depth: 2_000).isEmpty)
  }

  @Test(arguments: ["/etc/hostname", "../external.onnx.data", "inner/../../external.onnx.data", ""])
  func filesOutsideTheFolderAreRefused(_ location: String) {
    let error = #expect(throws: SetupError.self) { try self.files([("location", location)]) }
    #expect(error?.description.contains("which is not a file of its folder") == true, "\(error?.description ?? "")")
  }

  @Test(arguments: [
    ("-4", "4"), ("0", "-1"), ("100000", "4"), ("4", "9223372036854775807"), ("99999999999999999999", "1"), ("x", "1"),
  ])
  func rangesOutsideTheFileAreRefused(_ offset: String, _ length: String) {
    let error = #expect(throws: SetupError.self) {
      try self.files([("location", "external.onnx.data"), ("offset", offset), ("length", length)])
    }
    #expect(error?.description.contains("fewer than the weights of") == true, "\(error?.description ?? "")")
  }

  @Test func weightsThatNoONNXFileHoldsAreRefused() throws {
    _ = try files([("location", "external.onnx.data")])
    // A hole, of which nothing is on the disk.
    let file = try FileHandle(forWritingTo: weights)
    try file.truncate(atOffset: 1 << 31)
    try file.close()
    let error = #expect(throws: SetupError.self) { try ONNXSubgraph(of: self.network, outputs: nil, isWhole: true) }
    #expect(error?.description.contains("an ONNX file has at most 2147483647") == true, "\(error?.description ?? "")")
  }

  @Test("damaged networks are no trap")
  func damage() throws {
    let whole = [UInt8](try Data(contentsOf: URL(filePath: network)))
    for place in whole.indices {
      for change: UInt8 in [0x01, 0x80, 0xFF] {
        var damaged = whole
        damaged[place] ^= change
        try Data(damaged).write(to: URL(filePath: network))
        _ = try? ONNXExternalData.files(of: network)
        _ = try? ONNXSubgraph(of: network, outputs: ["pool"], isWhole: true).close()
      }
    }
  }
}
