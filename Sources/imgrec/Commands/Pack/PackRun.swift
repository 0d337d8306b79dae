import Codecs
import Inputs
import Outputs
import Pipeline
import Platform
import Recognition

/// Copies the images of a feed into shards, one after another.
struct PackRun {
  let feed: DirectoryWalk
  let form: ShardForm
  let reader: ItemReader
  let metrics: RunMetrics
  let stop: StopToken
  /// Hashes of the names that earlier shards hold.
  let earlier: Set<UInt64>

  /// Copies until the feed ends or the run is stopped; returns the names that were used.
  func run(into shards: ShardSeries, names: PackNames) throws(SetupError) -> PackNames {
    var names = names
    let buffer = FileBuffer()
    while !stop.isRequested, let item = feed.next() {
      if case .fault(let failure) = item.origin {
        fail(item, failure)
        continue
      }
      let name = names.name(of: item)
      if isPacked(name) { continue }
      let member: ShardMember
      do throws(Failure) {
        let stamp = try reader.read(item, into: buffer)
        guard let format = FormatSniffer.format(of: buffer.bytes) else {
          throw Failure(.decode, .unknownFormat, "its first bytes are those of no image that is known; not packed")
        }
        guard MemberClass.isImage(format) else {
          throw Failure(.decode, .unsupported, "\(format.displayName) is not read by scan; not packed")
        }
        guard buffer.count <= form.largestMember else {
          throw Failure(
            .read, .fileTooLarge, "\(buffer.count) bytes; an LMDB database holds up to \(form.largestMember)")
        }
        member = ShardMember(
          name: names.readable(name, format), bytes: buffer.bytes, format: format,
          modified: stamp.map { Int($0.modified / 1_000_000_000) } ?? 0)
      } catch {
        fail(item, error)
        continue
      }
      if member.name != name, isPacked(member.name) { continue }
      try shards.add(member)
      let stored = form.storedName(member.name)
      if stored != member.name {
        Console.note(TerminalText.escaped("\(item.path): its name is longer than a key of LMDB; it is \(stored)"))
      }
      metrics.count {
        $0.inputs += 1
        $0.ok += 1
        $0.bytesRead += member.bytes.count
      }
    }
    return names
  }

  /// Whether an earlier shard has the image; counts it then.
  private func isPacked(_ name: RawPath) -> Bool {
    guard !earlier.isEmpty, earlier.contains(fnv1a(form.storedName(name).bytes)) else { return false }
    metrics.count { $0.skip(1) }
    return true
  }

  private func fail(_ item: Item, _ failure: Failure) {
    Console.failure(of: item.path, failure.message)
    metrics.count {
      $0.inputs += 1
      $0.countFailure(failure, of: item.path)
    }
  }
}
