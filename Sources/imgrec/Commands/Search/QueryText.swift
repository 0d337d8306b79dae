import ModelFiles
import ModelLibrary
import ONNXRuntimeEngine
import Platform
import Recognition

/// The text network that belongs to an image network, for the texts that are searched.
struct QueryText {
  private let encoder: TextEncoder
  private let tokenizer: BytePairTokenizer

  /// Throws if the card of `model` names no text network and tokenizer.
  init(_ model: LoadedModel) throws(SetupError) {
    guard let network = model.path(.text), let tokenizer = model.path(.tokenizer) else {
      throw SetupError(
        "\(model.card.name) has no text network, so --text has nothing to compare\n"
          + "Name a network whose card has files of the roles text and tokenizer with --model FILE.")
    }
    self.tokenizer = try BytePairTokenizer(path: tokenizer)
    encoder = try TextEncoder(path: network)
  }

  /// The vector of a text.
  func vector(of text: String) throws(SetupError) -> [Float] {
    let (tokens, isCut) = tokenizer.tokens(text, context: encoder.context)
    if isCut { Console.note("--text is cut: the network reads \(encoder.context - 2) tokens") }
    return try encoder.vector(tokens)
  }
}
