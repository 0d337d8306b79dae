import Recognition

/// The picture that crops and drawings are made of: the whole upright image, or a smaller one.
public struct SourcePicture: @unchecked Sendable {  // written by the decoder alone, read from then on
  public let view: View
  public let pixels: Pixels

  public init(view: View, pixels: Pixels) {
    self.view = view
    self.pixels = pixels
  }
}

/// A record on its way to the files that are written beside it.
struct Finished: Parcel {
  let work: Work
  let outcome: Outcome
  var cost: Int { 1 }
}

extension Run {
  /// The way out of every item that was decoded: past the artist where there is one, and its picture is let go.
  func depart(_ work: Work, _ outcome: Outcome) {
    settleLikenesses(work, outcome)
    guard plan.artist != nil, work.picture != nil, outcome.failure == nil else {
      release(work)
      departures.send(.record(outcome))
      return
    }
    finished.send(Finished(work: work, outcome: outcome))
  }

  /// Records -> files beside them.
  func runArtist() {
    defer { departures.finish() }
    while let parcel = finished.receive() {
      var outcome = parcel.outcome
      if let artist = plan.artist, let picture = parcel.work.picture {
        do throws(Failure) { outcome = try artist.draw(outcome, picture) } catch { outcome.result = .failure(error) }
      }
      release(parcel.work)
      departures.send(.record(outcome))
    }
  }

  private func release(_ work: Work) {
    guard let picture = work.picture else { return }
    work.picture = nil
    memory.give(picture.pixels.byteCount)
    slots.give(picture.pixels)
  }
}

/// Makes files of an image and its record: drawings, crops, masks. Used by several workers at once.
public protocol Artist: Sendable {
  /// The record to be told, perhaps with the names of the files. Throws `writeFailed`.
  func draw(_ outcome: Outcome, _ picture: SourcePicture) throws(Failure) -> Outcome
}
