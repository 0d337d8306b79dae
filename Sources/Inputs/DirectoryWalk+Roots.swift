import Platform
import Recognition

extension DirectoryWalk {
  /// Finds the next named input, or the next member of a container or list; nil at the end of the sources.
  func nextRoot() -> Found? {
    while true {
      if let nextMember {
        if let member = nextMember() { return .member(member) }
        self.nextMember = nil
      }
      if let list {
        switch list.next() {
        case .path(let path): return root(path)
        case .fault(let path, let failure): return .item(path, .fault(failure))
        case nil: self.list = nil
        }
      }
      switch sources.popFirst() {
      case .path(let path): return root(path)
      case .list(let list):
        do throws(Failure) { try open(list) } catch { return .item(list.name, .fault(error)) }
      case nil: return nil
      }
    }
  }

  private func root(_ root: RawPath) -> Found {
    rootCount += 1
    var status = stat()
    let code = LongPath.examine(root, &status)
    guard code == 0 else {
      guard let remote = RemoteInput(root) else { return .item(root, .fault(Failure(.walk, errno: code))) }
      let advice = remote.advice(for: "imgrec scan")
      let message = "\(remote.problem); \(advice.prefix(1).lowercased())\(advice.dropFirst())"
      return .item(root, .fault(Failure(.walk, .notFound, message)))
    }
    let kind = LongPath.kind(status)
    guard kind == S_IFREG || kind == S_IFDIR else {
      return .item(root, .fault(FileReader.notAFile(kind, stage: .walk)))
    }
    do throws(Failure) {
      if let container = Container(at: root, isFolder: kind == S_IFDIR) {
        nextMember = try container.open(root, selection: selection)
        return .nothing
      }
      guard kind == S_IFDIR else { return .item(root, ForeignContainer.failure(root).map { .fault($0) } ?? .file) }
      switch LongPath.open(root, O_RDONLY | O_DIRECTORY | O_NONBLOCK) {
      case .error(let code): throw Failure(.walk, errno: code)
      case .descriptor(let descriptor): return try enterRoot(root, descriptor)
      }
    } catch {
      return .item(root, .fault(error))
    }
  }

  /// Members of containers are selected like the files of a folder.
  private var selection: MemberSelection { MemberSelection(options: options, tally: tally, sniff: sniff) }

  /// Opens a list, or what standard input holds in place of one.
  private func open(_ list: PathList) throws(Failure) {
    let content = try list.content(sniff: sniff)
    if let problem = list.problem(content) { throw Failure(.walk, .unsupported, "this \(problem)") }
    switch content {
    case .paths: self.list = list
    case .image:
      rootCount += 1
      nextMember = ImageStream(list.stream, name: list.name, maxBytes: options.maxFileSize, sniff: sniff).next
    case .archive:
      rootCount += 1
      nextMember = try ArchiveReader(list.stream, path: list.name, selection: selection).next
    case .records:
      rootCount += 1
      nextMember = try TFRecordReader(list.stream, path: list.name, selection: selection).next
    case .other: break
    }
  }
}
