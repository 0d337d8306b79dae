import Recognition
import Records

/// A near store in front of a far one: answers found in the far one are copied to the near one, new ones go to both.
public final class TieredStore: ResultStore {
  private let near: any ResultStore
  private let far: any ResultStore

  public init(near: any ResultStore, far: any ResultStore) {
    self.near = near
    self.far = far
  }

  public var faults: Int { near.faults + far.faults }

  public func digests(of stamps: [FileStamp]) -> [[UInt8]?] { near.digests(of: stamps) }

  public func answers(to keys: [AnswerKey]) -> [[UInt8]?] {
    var values = near.answers(to: keys)
    let missing = values.indices.filter { values[$0] == nil }
    guard !missing.isEmpty else { return values }
    var batch = StoreBatch()
    for (index, value) in zip(missing, far.answers(to: missing.map { keys[$0] })) {
      // An unreadable answer is not copied either.
      guard let value, CachedAnswer(value) != nil else { continue }
      values[index] = value
      batch.answers.append((keys[index], value))
    }
    near.put(batch)
    return values
  }

  public func put(_ batch: StoreBatch) {
    near.put(batch)
    far.put(batch)
  }

  public func close() {
    near.close()
    far.close()
  }
}
