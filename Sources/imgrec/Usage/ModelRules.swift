import ModelLibrary
import Recognition

extension ModelOptions {
  /// The rules that need no card.
  func rules() -> [OptionRule] {
    let heads = HeadPreset.heads.map(\.rawValue).joined(separator: ", ")
    return [
      OptionRule(
        card != nil && model.count != 1, "--card needs one --model FILE",
        "Add --model FILE, the network that the card describes, or leave --card out."),
      OptionRule(
        head.map { !HeadPreset.heads.contains($0) } ?? false, "--head \(head?.rawValue ?? "") needs a card",
        "Write FILE.json beside the network, or use one of the heads that need none: \(heads)."),
      OptionRule(
        head != nil && model.count != 1, "--head needs one --model FILE",
        "Add --model FILE, the network whose outputs it interprets, or leave --head out."),
      .excludes("--head", head != nil, "--card", card != nil, because: "a card states the head"),
      .needs("--labels-file", labelsFile != nil, "--head", head != nil, add: "--head KIND"),
      .needs("--input-size", inputSize != nil, "--head", head != nil, add: "--head KIND"),
      OptionRule(
        precision == .bf16 && engine != nil && engine != .openvino,
        "--precision bf16 needs the engine openvino; this run has \(engine?.rawValue ?? "")",
        "Use --engine openvino, or leave --precision out."),
    ] + engineChoice.rules(precision)
  }
}

extension UpscaleModelOptions {
  func rules() -> [OptionRule] {
    [.needs("--card", card != nil, "--model FILE", model != nil)]
  }
}
