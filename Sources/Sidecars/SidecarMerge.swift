import Platform
import Recognition

/// Decides what changes in a sidecar: what imgrec wrote of the same tasks is replaced, what others wrote stays, and what
/// they took out of ours is not written again.
struct SidecarMerge {
  private typealias Written = SidecarContent.Written

  let old: SidecarContent
  /// What the sidecar is to hold.
  private(set) var new: SidecarContent
  private(set) var changes: [SidecarChange] = []
  /// Names of the tasks whose part is replaced.
  private let tasks: Set<String>
  private let wanted: WantedTags

  /// `tasks` are those whose part is replaced; `wanted` is empty where all of it is taken out.
  init(_ old: SidecarContent, _ wanted: WantedTags, tasks: Set<TaskKind>, forgets: Bool = false) {
    self.old = old
    self.wanted = wanted
    self.tasks = Set(tasks.map(\.rawValue))
    new = old
    new.written = []
    let flat = wanted.keywords.map { (task: $0.task.rawValue, value: $0.text) }
    let foreign = merge(flat, into: .subject, forgets)
    let paths = wanted.keywords.map { (task: $0.task.rawValue, value: $0.path("|")) }
    merge(paths + copies(of: foreign, beside: paths), into: .hierarchy, forgets)
    // Where it is, digiKam reads no other list; where it is not, it reads that of Lightroom.
    let isTagged = !(old.lists[.tagsList] ?? []).isEmpty
    merge(
      isTagged ? wanted.keywords.map { ($0.task.rawValue, $0.path("/")) } : [], into: .tagsList, forgets)
    mergeDescription(forgets)
    mergeRegions(forgets)
  }

  /// Size of the stored picture.
  var size: PixelSize? { wanted.size }

  /// Notes whose tags the sidecar holds, and whether imgrec makes it.
  mutating func note(image: String?, made: Bool) {
    if let image { new.image = image }
    if made { new.isMade = true }
  }

  /// Removes the note of whose tags the sidecar holds: there are none.
  mutating func clear() { new.image = nil }

  /// Removes every note.
  mutating func forget() { (new.image, new.isMade) = (nil, false) }

  /// Whether the part of an entry's task is replaced.
  private func isReplaced(_ entry: Written) -> Bool { tasks.contains(entry.task) || entry.task == Written.copied }

  /// Programs that find keywords with paths read no flat ones: those of the user must be among them.
  private func copies(of foreign: [String], beside paths: [(task: String, value: String)]) -> [(String, String)] {
    let entries = old.written.filter { $0.property == .hierarchy }
    let remaining = entries.contains { !isReplaced($0) && old.lists[.hierarchy]?.contains($0.value) == true }
    let ours = Set(entries.map(\.value))
    let others = old.lists[.hierarchy]?.contains { !ours.contains($0) } ?? false
    guard !others, remaining || !paths.isEmpty else { return [] }
    return foreign.map { (Written.copied, $0) }
  }

  /// Merges keywords into a list; returns those that are not imgrec's.
  @discardableResult
  private mutating func merge(
    _ wanted: [(task: String, value: String)], into list: SidecarProperty, _ forgets: Bool
  ) -> [String] {
    var items = old.lists[list] ?? []
    let present = Set(items)
    let entries = old.written.filter { $0.property == list }
    let ours = Set(entries.map(\.value))
    let foreign = items.filter { !ours.contains($0) }
    // One of the user's counts wherever it is in a tree: "Family|Ada" is Ada.
    let known = Set(foreign.map { Self.leaf($0, list) })
    let desired = Set(wanted.map { Written(task: $0.task, property: list, value: $0.value).text })
    var kept = entries.filter { entry in
      if !isReplaced(entry) { return true }
      // Taken out by the user: remembered, so that it stays out.
      if !present.contains(entry.value) { return !forgets }
      return desired.contains(entry.text)
    }
    var remembered = Set(kept.map(\.text))
    for (task, value) in wanted {
      let entry = Written(task: task, property: list, value: value)
      guard remembered.insert(entry.text).inserted else { continue }
      if ours.contains(value), !present.contains(value) { continue }
      if known.contains(Self.leaf(value, list)) { continue }
      kept.append(entry)
    }
    let claimed = Set(kept.map(\.value))
    for value in entries.map(\.value).uniqued() where !claimed.contains(value) {
      guard let index = items.lastIndex(of: value) else { continue }
      items.remove(at: index)
      changes.append(SidecarChange(isAddition: false, property: list, value: value))
    }
    for value in kept.map(\.value).uniqued() where !present.contains(value) && !ours.contains(value) {
      items.append(value)
      changes.append(SidecarChange(isAddition: true, property: list, value: value))
    }
    new.lists[list] = items
    new.written += kept
    return foreign
  }

  /// The last part of a keyword, in lower case.
  private static func leaf(_ keyword: String, _ list: SidecarProperty) -> String {
    let separator: Character? = list == .hierarchy ? "|" : list == .tagsList ? "/" : nil
    let start = separator.flatMap { keyword.lastIndex(of: $0) }.map { keyword.index(after: $0) }
    return keyword[(start ?? keyword.startIndex)...].lowercased()
  }

  private mutating func mergeDescription(_ forgets: Bool) {
    let task = TaskKind.text.rawValue
    let entry = old.written.last { $0.property == .description }
    guard tasks.contains(task) else {
      new.written += entry.map { [$0] } ?? []
      return
    }
    if let entry, old.description != entry.value {
      // Changed or taken out by the user.
      if !forgets { new.written.append(entry) }
      return
    }
    guard entry != nil || old.description == nil else { return }
    if let text = wanted.description {
      new.written.append(Written(task: task, property: .description, value: text))
    }
    guard wanted.description != old.description else { return }
    new.description = wanted.description
    if let text = old.description {
      changes.append(SidecarChange(isAddition: false, property: .description, value: text))
    }
    if let text = wanted.description {
      changes.append(SidecarChange(isAddition: true, property: .description, value: text))
    }
  }

  private mutating func mergeRegions(_ forgets: Bool) {
    let task = TaskKind.faces.rawValue
    let entries = old.written.filter { $0.property == .regions }
    guard tasks.contains(task) else {
      new.written += entries
      return
    }
    let texts = Set(entries.map(\.value))
    let ours = old.regions.filter { texts.contains($0.text) && $0.type == "Face" }
    let foreign = old.regions.filter { !ours.contains($0) }
    let present = Set(ours.map(\.text))
    // Changed or taken out by the user.
    let refused = Set(forgets ? [] : entries.map(\.value).filter { !present.contains($0) })
    let taken = foreign + refused.compactMap(FaceRegion.init(text:))
    let regions = wanted.regions.filter { region in
      ours.contains(region) || !taken.contains { $0.isSame(as: region) }
    }
    let desired = Set(regions.map(\.text))
    new.written += entries.filter {
      refused.contains($0.value) || present.contains($0.value) && desired.contains($0.value)
    }
    for region in ours where !desired.contains(region.text) {
      changes.append(SidecarChange(isAddition: false, property: .regions, value: region.text))
    }
    new.regions = old.regions.filter { !ours.contains($0) || desired.contains($0.text) }
    for region in regions where !present.contains(region.text) {
      new.regions.append(region)
      new.written.append(Written(task: task, property: .regions, value: region.text))
      changes.append(SidecarChange(isAddition: true, property: .regions, value: region.text))
    }
  }
}
