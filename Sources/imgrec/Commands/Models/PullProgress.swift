import EngineSupport
import ModelLibrary
import Platform
import Recognition

/// Progress of a pull, as one line on stderr; only its phases if stderr is not a terminal.
final class PullProgress {
  private let card: ModelCard
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private var phase = ""
  private var lineIsOpen = false

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
    if lineIsOpen { Console.raw("\r\u{1B}[K") }
    lineIsOpen = false
  }

  private func show(_ text: String) {
    if isTerminal { draw(text) } else { Console.raw("\(card.name): \(text)\n") }
  }

  private func draw(_ text: String) {
    Console.raw("\r\u{1B}[K\(card.name): \(text)")
    lineIsOpen = true
  }
}
