import EngineSupport
import ModelLibrary
import Outputs
import Platform
import Recognition

/// Progress of a pull, as one line on stderr; only its phases if stderr is not a terminal.
final class PullProgress {
  private let card: ModelCard
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private var phase = ""

  init(_ card: ModelCard) { self.card = card }

  func show(_ event: PullEvent) {
    switch event {
    case .waiting: show("waiting for another imgrec process that fetches it")
    case .fetching(let source):
      phase = "fetching \(source)"
      show(phase)
    case .received(let bytes, let total):
      let whole = total.map { " of \(ModelStore.size($0))" } ?? ""
      if isTerminal { draw("\(phase): \(ModelStore.size(bytes))\(whole)") }
    case .ready: break
    }
  }

  func clear() {
    if isTerminal { Console.erase() }
  }

  private func show(_ text: String) {
    if isTerminal { draw(text) } else { Console.message("\(card.name): \(text)\n") }
  }

  private func draw(_ text: String) {
    let columns = TerminalStyle.columns(of: STDERR_FILENO) ?? 80
    Console.redraw(TerminalText.fitted(TerminalText.escaped("\(card.name): \(text)"), to: columns - 1))
  }
}
