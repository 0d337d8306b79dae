import Codecs
import Recognition

/// A file with several pages -> a job for each page, all of them over one buffer.
struct PageExpander {
  let jobs: Channel<ImageJob>.Sender
  let completions: Channel<Completion>.Sender
  let files: FileBufferPool
  let control: RunControl

  /// Sends the pages of the file of `job` one by one, as the decoders take them.
  ///
  /// The item is counted as `count` inputs, and none of the further ones waits to enter: their file is in memory already.
  func send(_ job: ImageJob, pages count: Int) {
    control.inFlight.add(count - 1)
    control.metrics.count {
      $0.inputs += count - 1
      $0.furtherPages += count - 1
    }
    if let bytes = job.bytes { files.share(bytes, among: count) }
    for number in 1...count {
      let page = ImageJob(page: Page(number, of: count), of: job)
      guard !control.stop.isRequested else {
        if let bytes = page.bytes { files.release(bytes) }
        completions.send(page.dropped)
        continue
      }
      jobs.send(page)
    }
  }

  /// The number of pages of the file of `job`; sends its failure and returns nil if there are too many.
  func pageCount(of job: ImageJob) -> Int? {
    guard let bytes = job.bytes else { return 1 }
    do throws(Failure) { return try PageCounter.count(in: bytes.bytes) } catch {
      files.release(bytes)
      job.bytes = nil
      completions.send(.record(job.outcome(failing: error)))
      return nil
    }
  }
}
