import Foundation
import TestSupport
import XCTest

/// `scan --watch`: a record for each file that settled, none twice, whatever ends the run.
final class WatchTests: WatchCase {
  // MARK: What is taken

  func testWhatIsThereAndWhatComes() throws {
    try write(1, to: "in/there.jpg")
    let process = try start()
    try write(2, to: "in/new.jpg")
    try write(3, to: "outside.jpg")
    move("outside.jpg", "in/moved.jpg")
    try write(4, to: "in/a/b/c/deep.jpg")
    try write(5, to: "in/note.txt")
    try write(6, to: "in/.hidden.jpg")
    symlink("../target.jpg", file("in/link.jpg").path)
    try write(7, to: "target.jpg")
    try waitFor(["in/there.jpg", "in/new.jpg", "in/moved.jpg", "in/a/b/c/deep.jpg", "in/link.jpg"])
    link(file("target.jpg").path, file("in/hard.jpg").path)
    try waitUntil("the hard link") { self.paths().contains("in/hard.jpg") }
    stop(process)
    XCTAssertEqual(process.terminationStatus, 0, log)
    XCTAssertEqual(paths().count, 6)
  }

  func testAFileIsReadOnceItHasSettled() throws {
    let process = try start(settle: "3s")
    let bytes = try image(1)
    let half = bytes.count / 2
    // Closed half-written, as by programs that append.
    try bytes.prefix(half).write(to: file("in/torn.jpg"))
    usleep(400_000)
    XCTAssertEqual(paths(), [])
    let handle = try FileHandle(forWritingTo: file("in/torn.jpg"))
    handle.seekToEndOfFile()
    handle.write(bytes.dropFirst(half))
    try handle.close()
    // Open for longer than the time.
    _ = FileManager.default.createFile(atPath: file("in/slow.jpg").path, contents: nil)
    let slow = try FileHandle(forWritingTo: file("in/slow.jpg"))
    slow.write(try image(2).prefix(half))
    // Gone before it settles.
    try write(3, to: "in/gone.jpg")
    try FileManager.default.removeItem(at: file("in/gone.jpg"))
    try waitUntil("the torn file") { self.paths().contains("in/torn.jpg") }
    XCTAssertEqual(paths(), ["in/torn.jpg"])
    slow.write(try image(2).dropFirst(half))
    try slow.close()
    try waitFor(["in/slow.jpg", "in/torn.jpg"])
    XCTAssertEqual(records().compactMap { $0["status"] as? String }, ["ok", "ok"])
    stop(process)
  }

  func testARewrittenFileHasANewRecord() throws {
    let process = try start()
    try write(1, to: "in/a.jpg")
    try waitFor(["in/a.jpg"])
    try write(2, to: "in/a.jpg")
    try waitUntil("the second record") { self.paths() == ["in/a.jpg", "in/a.jpg"] }
    // The same bytes once more, and other rights.
    try write(2, to: "in/a.jpg")
    chmod(file("in/a.jpg").path, 0o600)
    pause()
    XCTAssertEqual(Set(records().compactMap { $0["digest"] as? String }).count, 2)
    XCTAssertEqual(paths().count, 2)
    // Replaced by a rename, as by programs that write atomically.
    try write(3, to: "draft.jpg")
    move("draft.jpg", "in/a.jpg")
    try waitUntil("the third record") { self.paths().count == 3 }
    stop(process)
  }

  func testFoldersThatAreRenamedAndRemoved() throws {
    try write(1, to: "in/old/sub/a.jpg")
    let process = try start()
    try waitFor(["in/old/sub/a.jpg"])
    move("in/old", "in/new")
    try waitFor(["in/old/sub/a.jpg", "in/new/sub/a.jpg"])
    try write(2, to: "in/new/sub/b.jpg")
    try waitFor(["in/old/sub/a.jpg", "in/new/sub/a.jpg", "in/new/sub/b.jpg"])
    try FileManager.default.removeItem(at: file("in/new"))
    try write(3, to: "in/new/sub/a.jpg")
    try waitUntil("the folder that came back") { self.paths().count == 4 }
    // A folder that is moved in with what is in it.
    try write(4, to: "out/x/y.jpg")
    move("out", "in/out")
    try waitUntil("the folder that came in") { self.paths().contains("in/out/x/y.jpg") }
    // What happens outside is not read.
    move("in/out", "out")
    try write(5, to: "out/x/z.jpg")
    pause()
    XCTAssertEqual(paths().count, 5, "\(paths())")
    stop(process)
  }

  func testTheRootMayGoAndReturn() throws {
    let process = try start()
    try write(1, to: "in/a.jpg")
    try waitFor(["in/a.jpg"])
    move("in", "elsewhere")
    try waitUntil("it is missed") { self.log.contains("in is gone") }
    try write(2, to: "elsewhere/b.jpg")
    move("elsewhere", "in")
    try waitFor(["in/a.jpg", "in/b.jpg"])
    try write(3, to: "in/c.jpg")
    try waitFor(["in/a.jpg", "in/b.jpg", "in/c.jpg"])
    stop(process)
  }

  func testTheRulesOfTheWalkHold() throws {
    let process = try start(["-o", "r.jsonl", "--glob", "*.jpg", "--exclude", "thumbs", "--max-depth", "2"])
    for name in ["in/a.jpg", "in/b.png", "in/thumbs/c.jpg", "in/s/d.jpg", "in/s/t/e.jpg"] { try write(1, to: name) }
    try waitFor(["in/a.jpg", "in/s/d.jpg"])
    pause()
    XCTAssertEqual(paths().count, 2)
    stop(process)
  }

  func testOnlyWhatIsNew() throws {
    try write(1, to: "in/old.jpg")
    usleep(20_000)
    let first = try start(["-o", "r.jsonl", "--new"])
    try write(2, to: "in/new.jpg")
    try waitFor(["in/new.jpg"])
    stop(first, SIGKILL)
    // What comes while it does not run is new.
    try write(3, to: "in/between.jpg")
    let second = try start(["-o", "r.jsonl", "--new"])
    try waitFor(["in/between.jpg", "in/new.jpg"])
    stop(second)
  }

  // MARK: The output

  func testKilledAndStartedAgain() throws {
    let pattern = ["-o", "r-%Y%m%d%H%M.jsonl"]
    var expected: Set<String> = []
    func all() -> [String] {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
      return names.filter { $0.hasPrefix("r-") }.flatMap { paths($0) }
    }
    for round in 0..<3 {
      let process = try start(pattern)
      for number in 0..<40 {
        let name = "in/\(round)-\(number).jpg"
        try write(100 * round + number, to: name)
        expected.insert(name)
        usleep(5000)
      }
      try waitUntil("some records") { all().count > 40 * round + 5 }
      stop(process, SIGKILL)
      // A record that was begun.
      let last = try XCTUnwrap(
        FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("r-") }.max())
      let handle = try FileHandle(forWritingTo: file(last))
      handle.seekToEndOfFile()
      handle.write(Data("{\"schema\":\"imgrec/1\",\"path\":\"in/".utf8))
      try handle.close()
    }
    let process = try start(pattern)
    try waitUntil("a record for each") { Set(all()).isSuperset(of: expected) }
    pause()
    stop(process)
    XCTAssertEqual(all().sorted(), expected.sorted())
    XCTAssertEqual(process.terminationStatus, 0)
  }

  func testSIGHUPOpensTheFileAgain() throws {
    let process = try start()
    try write(1, to: "in/a.jpg")
    try waitFor(["in/a.jpg"])
    move("r.jsonl", "r.jsonl.1")
    kill(process.processIdentifier, SIGHUP)
    try waitUntil("the file is there again") { FileManager.default.fileExists(atPath: self.file("r.jsonl").path) }
    try write(2, to: "in/b.jpg")
    try waitFor(["in/b.jpg"])
    XCTAssertEqual(paths("r.jsonl.1"), ["in/a.jpg"])
    stop(process)
    // The earlier file counts at the next start.
    let second = try start()
    pause()
    XCTAssertEqual(paths(), ["in/b.jpg"])
    stop(second)
  }

  func testAFailureIsRecordedOnce() throws {
    let process = try start()
    try Data("no image".utf8).write(to: file("in/broken.jpg"))
    try Data().write(to: file("in/empty.jpg"))
    try waitUntil("the failures") { self.records().count == 2 }
    stop(process, SIGKILL)
    let second = try start()
    pause()
    XCTAssertEqual(records().count, 2)
    try write(1, to: "in/empty.jpg")
    try waitUntil("the repaired file") { self.records().last?["status"] as? String == "ok" }
    stop(second)
    XCTAssertEqual(second.terminationStatus, 0, "a watch that is asked to end succeeds")
  }

  func testTwoWatchesDoNotShareAFile() throws {
    let process = try start()
    let second = try ImgrecCLI.run(
      ["scan", "--watch", "in", "-o", "r.jsonl", "-m", ImgrecCLI.instantModel], folder: folder)
    XCTAssertEqual(second.status, 2, second.err)
    XCTAssertTrue(second.err.contains("is being written by another imgrec"), second.err)
    stop(process)
  }

  // MARK: Without reports of the system

  /// Renames fill the system's queue of reports while the process is stopped.
  func testReportsThatAreLostAreMadeUpFor() throws {
    let process = try start(["-o", "r.jsonl", "-v"])
    try write(0, to: "in/first.jpg")
    try waitFor(["in/first.jpg"])
    kill(process.processIdentifier, SIGSTOP)
    try Data().write(to: file("in/a.txt"))
    let limit = try String(contentsOfFile: "/proc/sys/fs/inotify/max_queued_events", encoding: .utf8)
    let most = try XCTUnwrap(Int(limit.trimmingCharacters(in: .whitespacesAndNewlines)))
    for _ in 0...most / 3 {
      move("in/a.txt", "in/b.txt")
      move("in/b.txt", "in/a.txt")
    }
    try write(1, to: "in/lost.jpg")
    try write(2, to: "in/folder/lost.jpg")
    kill(process.processIdentifier, SIGCONT)
    try waitFor(["in/first.jpg", "in/folder/lost.jpg", "in/lost.jpg"])
    XCTAssertTrue(log.contains("changes came faster than they could be taken"), log)
    try write(3, to: "in/folder/next.jpg")
    try waitFor(["in/first.jpg", "in/folder/lost.jpg", "in/folder/next.jpg", "in/lost.jpg"])
    stop(process)
  }

  func testFoldersAreWalkedAtAnInterval() throws {
    let process = try start(["-o", "r.jsonl", "--poll", "300ms"])
    try write(1, to: "in/a.jpg")
    // No report comes of the target of a link.
    try write(2, to: "target.jpg")
    symlink("../target.jpg", file("in/link.jpg").path)
    try waitFor(["in/a.jpg", "in/link.jpg"])
    try write(3, to: "target.jpg")
    try waitUntil("the target's change") { self.paths().count == 3 }
    stop(process)
  }

  // MARK: Mistakes

  func testMistakesAreNamed() throws {
    try write(1, to: "in/a.jpg")
    let cases: [(arguments: [String], status: Int32, text: String)] = [
      (["--watch", "-"], 64, "Name folders: imgrec scan --watch FOLDER"),
      (["--watch", "in/a.jpg"], 64, "Name the folder that it is in: imgrec scan --watch in"),
      (["--watch", "nowhere"], 2, "cannot watch nowhere: No such file or directory"),
      (["in", "--new"], 64, "--new needs --watch"),
      (["in", "--settle", "1s"], 64, "--settle needs --watch"),
      (["--watch", "in", "--settle", "0"], 64, "time from"),
      (["--watch", "in", "-o", "r-%S.jsonl"], 64, "%S is no part of a name"),
      (["--watch", "in", "-o", "r.csv"], 64, "must be JSON Lines"),
      (["--watch", "in", "--format", "json"], 64, "--watch and --format json"),
      (["--watch", "in", "--dry-run"], 64, "the list has no end"),
      (["--watch", "in", "-o", "r.jsonl", "--resume"], 64, "it always continues its file"),
      (["--watch", "in", "--npy", "v.npy", "--task", "embed"], 64, "--watch and --npy"),
      (["--watch", "in", "--queue", "redis://h/q"], 64, "Use imgrec submit --watch"),
    ]
    for (arguments, status, text) in cases {
      let result = try ImgrecCLI.run(["scan"] + arguments, folder: folder)
      XCTAssertEqual(result.status, status, "\(arguments): \(result.err)")
      XCTAssertTrue(result.err.contains(text), "\(arguments): \(result.err)")
      XCTAssertLessThanOrEqual(result.err.split(separator: "\n").count, 2, result.err)
    }
  }
}
