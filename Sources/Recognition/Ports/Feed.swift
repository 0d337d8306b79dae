/// Names the inputs of a run, one after another, from one worker. It holds no listing of them.
public protocol Feed: AnyObject {
  /// The next input; nil at the end. Blocks while the source does.
  func next() -> Item?
}
