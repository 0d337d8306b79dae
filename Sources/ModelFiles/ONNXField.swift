/// Field numbers of ONNX files.
///
/// Source: onnx.proto of ONNX 1.16.
enum ONNXField {
  /// ModelProto.
  enum Model {
    static let graph: UInt64 = 7
    static let metadata: UInt64 = 14
    static let function: UInt64 = 25
  }

  /// FunctionProto.
  enum Function {
    static let node: UInt64 = 7
  }

  /// StringStringEntryProto.
  enum Entry {
    static let key: UInt64 = 1
    static let value: UInt64 = 2
  }

  /// GraphProto.
  enum Graph {
    static let node: UInt64 = 1
    static let weight: UInt64 = 5
    static let input: UInt64 = 11
    static let output: UInt64 = 12
    /// Shapes of values inside the graph.
    static let value: UInt64 = 13
    static let sparseWeight: UInt64 = 15
  }

  /// NodeProto.
  enum Node {
    static let input: UInt64 = 1
    static let output: UInt64 = 2
    static let kind: UInt64 = 4
    static let attribute: UInt64 = 5
    static let domain: UInt64 = 7
  }

  /// AttributeProto.
  enum Attribute {
    static let name: UInt64 = 1
    static let integer: UInt64 = 3
    static let text: UInt64 = 4
    static let tensor: UInt64 = 5
    static let integers: UInt64 = 8
    static let type: UInt64 = 20
    /// One graph, and several.
    static let graphs: Set<UInt64> = [6, 11]
    static let tensors: UInt64 = 10
    /// One sparse tensor, and several.
    static let sparseTensors: Set<UInt64> = [22, 23]
  }

  /// TensorProto.
  enum Tensor {
    static let side: UInt64 = 1
    static let type: UInt64 = 2
    static let floats: UInt64 = 4
    static let integers: UInt64 = 7
    static let name: UInt64 = 8
    static let raw: UInt64 = 9
    /// Where its numbers are in another file, in entries.
    static let external: UInt64 = 13
    /// 1: in another file.
    static let location: UInt64 = 14
  }

  /// SparseTensorProto.
  enum SparseTensor {
    static let values: UInt64 = 1
    static let places: UInt64 = 2
  }

  /// ValueInfoProto, of which each input and output of a graph is one.
  enum Value {
    static let name: UInt64 = 1
    static let type: UInt64 = 2
  }

  /// TypeProto, and TypeProto.Tensor in it.
  enum ValueType {
    static let tensor: UInt64 = 1
    static let element: UInt64 = 1
    static let shape: UInt64 = 2
  }

  /// TensorShapeProto, and its Dimension.
  enum Shape {
    static let dimension: UInt64 = 1
    static let length: UInt64 = 1
    static let name: UInt64 = 2
  }
}
