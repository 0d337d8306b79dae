@testable import Pipeline
@testable import Platform
@testable import Recognition

/// The items of a list.
final class ListedItems: Feed {
  private var left: [Item]
  private let onNext: () -> Void

  /// `onNext` is called before each item.
  init(_ items: [Item], onNext: @escaping () -> Void = {}) {
    left = items.reversed()
    self.onNext = onNext
  }

  func next() -> Item? {
    onNext()
    return left.popLast()
  }
}

/// A model for engines that are made up, with an input of 8 x 8 pixels.
func madeUpModel(
  _ head: HeadSpec.Kind, task: TaskKind = .text, step: SecondStage?, labels: [String]
) -> LoadedModel {
  var card = ModelCard(
    name: "m", task: task, summary: "", licence: "", files: [], format: .computed, engines: [.opencv],
    input: InputSpec(
      width: 8, height: 8, resize: .init(rule: .stretch), channels: .bgr, mean: [0, 0, 0], scale: [1, 1, 1]),
    head: HeadSpec(kind: head))
  card.step = step
  card.defaults = .init(minConfidence: 0.1, iou: 1)
  return LoadedModel(card: card, paths: [:], digest: "computed", labels: labels)
}
