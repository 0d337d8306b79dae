import Codecs
import Inputs
import Platform
import Recognition

/// Items -> bytes in memory and their digest; with `pages` all, a job for each page.
struct ReadStage {
  let items: Channel<Item>.Receiver
  let jobs: Channel<ImageJob>.Sender
  let completions: Channel<Completion>.Sender
  let reader: ItemReader
  /// Number of tasks that each job has.
  let tasks: Int
  /// Whether answers go into a cache, which wants the file's stamp.
  let isCached: Bool
  /// Whether records have the EXIF fields of their files.
  let readsExif: Bool
  let pages: PageSelection
  let files: FileBufferPool
  let control: RunControl

  /// Maximum number of files that one reader takes at once.
  static let maxFiles = 16
  /// Bytes that a reader forwards together, unless it is one file.
  private static let maxBytes = 512 << 10

  func run() {
    let expander = PageExpander(jobs: jobs, completions: completions, files: files, control: control)
    while true {
      // Each item leaves the list before the next is read, and its bytes with it.
      var batch: [Item] = items.receive(atMost: Self.maxFiles).reversed()
      guard !batch.isEmpty else { return }
      var read: [ImageJob] = []
      var bytes = 0
      let start = monotonicSeconds()
      while let item = batch.popLast() {
        guard !control.stop.isRequested else {
          completions.send(.dropped(index: item.index))
          continue
        }
        let size = item.byteCount(limit: reader.maxBytes)
        let buffer: FileBuffer
        if let free = files.tryAcquire(size) {
          buffer = free
        } else {
          // The files in memory must not wait for a reader that waits for them.
          jobs.send(contentsOf: read)
          read.removeAll(keepingCapacity: true)
          bytes = 0
          buffer = files.acquire(size)
        }
        guard let job = job(for: item, in: buffer) else { continue }
        guard let count = pages == .all ? expander.pageCount(of: job) : 1 else { continue }
        guard count == 1 else {
          // What was read before comes first.
          jobs.send(contentsOf: read)
          read.removeAll(keepingCapacity: true)
          bytes = 0
          expander.send(job, pages: count)
          continue
        }
        read.append(job)
        bytes += job.facts.bytes ?? 0
        // Small files are forwarded together, to wake their receiver once; large ones, and those of a slow disk, at once.
        guard bytes >= Self.maxBytes || monotonicSeconds() - start > 0.002 else { continue }
        jobs.send(contentsOf: read)
        read.removeAll(keepingCapacity: true)
        bytes = 0
      }
      jobs.send(contentsOf: read)
    }
  }

  /// Drops an item whose file has changed since it settled: it comes again.
  private func drop(_ item: Item) -> ImageJob? {
    control.metrics.count { $0.superseded += 1 }
    completions.send(.dropped(index: item.index))
    return nil
  }

  /// Reads and digests an item; sends its failure and returns nil if that fails.
  private func job(for item: Item, in bytes: FileBuffer) -> ImageJob? {
    let start = monotonicSeconds()
    let stamp: FileStamp?
    do throws(Failure) { stamp = try reader.readSettled(item, into: bytes) } catch {
      files.release(bytes)
      guard item.isAsSettled else { return drop(item) }
      completions.send(.record(Outcome(of: item, result: .failure(error))))
      return nil
    }
    guard item.isAsSettled else {
      files.release(bytes)
      return drop(item)
    }
    let job = ImageJob(item: item, bytes: bytes, tasks: tasks, startedAt: start)
    job.facts.bytes = bytes.count
    job.facts.digest = FileReader.digest(bytes.bytes)
    if readsExif { job.facts.exif = ExifFields(of: bytes.bytes) }
    if isCached {
      job.cache = .miss
      job.stamp = stamp
    }
    let seconds = monotonicSeconds() - start
    job.timings.read = seconds * 1000
    control.metrics.count {
      $0.bytesRead += bytes.count
      $0.count(seconds, in: .read)
    }
    return job
  }
}
