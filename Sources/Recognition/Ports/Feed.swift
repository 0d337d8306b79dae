/// Delivers the inputs of a run, one after another, to one worker. It never holds a whole listing.
public protocol Feed: AnyObject {
  /// The next input; nil at the end. Blocks while the source blocks.
  func next() -> Item?
}
