/// People with the vectors of their faces.
public struct FaceGallery: Sendable, Equatable {
  /// The network that made the vectors; vectors of different networks cannot be compared.
  public var model: String
  public private(set) var people: [Person]

  public struct Person: Sendable, Equatable {
    public var name: String
    /// Each of length 1.
    public var vectors: [[Float]]

    public init(name: String, vectors: [[Float]]) {
      self.name = name
      self.vectors = vectors
    }
  }

  public init(model: String, people: [Person] = []) {
    self.model = model
    self.people = people
  }

  /// Distance up to which two vectors are of one picture of a face, in the same or in another file.
  static let sameFace: Float = 0.001

  /// Adds a face of a person. Returns false, and adds nothing, if the person has it already.
  @discardableResult
  public mutating func enroll(_ name: String, _ vector: [Float]) -> Bool {
    let present = people.first { $0.name == name }?.vectors ?? []
    guard !present.contains(where: { Self.distance($0, vector) <= Self.sameFace }) else { return false }
    if let index = people.firstIndex(where: { $0.name == name }) {
      people[index].vectors.append(vector)
    } else {
      people.append(Person(name: name, vectors: [vector]))
    }
    return true
  }

  /// Removes a person; returns whether there was one.
  @discardableResult
  public mutating func forget(_ name: String) -> Bool {
    let count = people.count
    people.removeAll { $0.name == name }
    return people.count < count
  }

  /// A text of everything on which the nearest person depends: names and vectors in order.
  public var fingerprint: String {
    people.map { person in
      let vectors = person.vectors.map { vector in
        vector.map { String($0.bitPattern, radix: 16) }.joined(separator: " ")
      }
      return "\(person.name.utf8.count):\(person.name) \(vectors.joined(separator: "/"))"
    }.joined(separator: "\n")
  }

  /// The person with the nearest vector, if its distance is at most `maxDistance`.
  public func nearest(to vector: [Float], maxDistance: Float) -> Identity? {
    var best: Identity?
    for person in people {
      for known in person.vectors {
        let distance = Self.distance(known, vector)
        if distance <= maxDistance, distance < best?.distance ?? .infinity {
          best = Identity(name: person.name, distance: distance)
        }
      }
    }
    return best
  }

  /// 1 - cosine of vectors of length 1; 2 if their lengths differ.
  public static func distance(_ a: [Float], _ b: [Float]) -> Float {
    guard a.count == b.count else { return 2 }
    return max(0, 1 - zip(a, b).reduce(0) { $0 + $1.0 * $1.1 })
  }

  /// Clusters vectors of unnamed people: each joins the group with the nearest mean if its distance is at most `maxDistance`,
  /// otherwise a new group. Groups are numbered from 0 in the order of the vectors.
  public static func clusters(_ vectors: [[Float]], maxDistance: Float) -> [Int] {
    var sums: [[Float]] = []
    return vectors.map { vector in
      let distances = sums.map { sum -> Float in
        let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return length > 0 ? distance(sum.map { $0 / length }, vector) : 2
      }
      if let best = distances.indices.min(by: { distances[$0] < distances[$1] }), distances[best] <= maxDistance {
        sums[best] = zip(sums[best], vector).map { $0 + $1 }
        return best
      }
      sums.append(vector)
      return sums.count - 1
    }
  }

  /// The means of the groups that `clusters` numbers, of length 1.
  public static func means(_ vectors: [[Float]], _ groups: [Int]) -> [[Float]] {
    var sums = [[Float]](repeating: [], count: (groups.max() ?? -1) + 1)
    for (vector, group) in zip(vectors, groups) {
      sums[group] = sums[group].isEmpty ? vector : zip(sums[group], vector).map { $0 + $1 }
    }
    return sums.map { sum in
      let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return length > 0 ? sum.map { $0 / length } : sum
    }
  }
}
