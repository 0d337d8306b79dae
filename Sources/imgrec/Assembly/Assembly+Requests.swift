import ModelLibrary
import Platform
import Recognition

extension Assembly {
  /// A model that a command line asks for.
  struct Request {
    var name: String
    /// The value of `--card`.
    var cardPath: String?
    var own: HeadPreset?
    var card: ModelCard
  }

  /// The cards of the models of a scan. No network is opened.
  func cards(_ options: ModelOptions) throws(SetupError) -> [ModelCard] { try requests(options).map(\.card) }

  /// The models of a scan: those that are named, and the default ones of the other tasks.
  func requests(_ options: ModelOptions) throws(SetupError) -> [Request] {
    var requests: [Request] = []
    for name in options.model {
      let card = try store.card(name, card: options.card, own: options.own)
      requests.append(Request(name: name, cardPath: options.card, own: options.own, card: card))
    }
    let tasks = options.model.isEmpty && options.task.isEmpty ? [TaskKind.classify] : options.task
    for (index, request) in requests.enumerated() {
      try Self.check(request.card, named: request.name)
      let task = request.card.task
      if !options.task.isEmpty, !options.task.contains(task) {
        let names = options.task.map(\.rawValue).joined(separator: ", ")
        throw SetupError.usage(
          "\(request.card.name) is for the task \(task.rawValue); --task names \(names)",
          "Use --task \((options.task + [task]).map(\.rawValue).joined(separator: ",")), or leave --task out.")
      }
      if let other = requests[..<index].first(where: { $0.card.task == task }) {
        throw SetupError.usage(
          "\(other.card.name) and \(request.card.name) are for one task, \(task.rawValue): a record has one answer to it",
          "Run them separately, or combine them with --cascade or --fallback.")
      }
    }
    for task in tasks where !requests.contains(where: { $0.card.task == task }) {
      requests.append(Request(name: task.defaultModel, card: try store.card(task.defaultModel)))
    }
    return requests
  }

  /// Throws if a scan cannot begin with the model.
  private static func check(_ card: ModelCard, named name: String) throws(SetupError) {
    if card.task == .upscale {
      throw SetupError.usage("\(card.name) upscales pictures", "Use imgrec upscale --model \(name) -o FOLDER.")
    }
    guard let step = card.step else { return }
    let option =
      switch step {
      case .identify, .identifyOpenFace: " --identify --identifier \(card.name)"
      case .age, .gender: " --age-gender"
      case .direction, .read, .corners, .plate: ""
      }
    throw SetupError.usage(
      "\(card.name) runs after another model (\(step.rawValue)), and not by itself",
      "Use --task \(card.task.rawValue)\(option).")
  }
}
