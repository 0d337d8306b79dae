import Foundation
import XCTest

/// Help, man pages and shell completions, for every command.
final class HelpTests: XCTestCase {
  private var folder: URL!

  override func setUpWithError() throws { folder = try ImgrecCLI.temporaryFolder() }

  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  /// The commands as words after `imgrec`, from the parser's own description; the first is empty.
  private func commands() throws -> [[String]] {
    struct Tool: Decodable {
      var command: Command
      struct Command: Decodable {
        var commandName: String
        var subcommands: [Command]?
      }
    }
    func paths(of command: Tool.Command, at path: [String]) -> [[String]] {
      [path] + (command.subcommands ?? []).flatMap { paths(of: $0, at: path + [$0.commandName]) }
    }
    let dump = try ImgrecCLI.run(["--experimental-dump-help"])
    let tool = try JSONDecoder().decode(Tool.self, from: dump.out)
    return paths(of: tool.command, at: []).filter { $0 != ["help"] }
  }

  func testHelpFitsTheTerminal() throws {
    for command in try commands() {
      let help = try ImgrecCLI.run(command + ["--help"], environment: ["COLUMNS": "80"])
      XCTAssertEqual(help.status, 0)
      let lines = help.text.split(separator: "\n", omittingEmptySubsequences: false)
      for (index, line) in lines.enumerated() {
        XCTAssertLessThanOrEqual(line.count, 80, "imgrec \(command.joined(separator: " ")): \(line)")
        // Descriptions begin in column 26. One that runs over its line by a single word wants another wording; a URL is
        // better alone.
        let words = line.split(separator: " ")
        let isDescription = line.hasPrefix(String(repeating: " ", count: 26))
        let endsDescription = index + 1 == lines.count || !lines[index + 1].hasPrefix(String(repeating: " ", count: 26))
        if isDescription, endsDescription, words.count == 1, !line.contains("://"), lines[index - 1].count > 50 {
          XCTFail("imgrec \(command.joined(separator: " ")): a word alone: \(lines[index - 1])\n\(line)")
        }
      }
    }
  }

  func testSubcommandsAreGrouped() throws {
    let help = try ImgrecCLI.run(["--help"]).text
    for group in [
      "RECOGNITION SUBCOMMANDS:", "RECORD SUBCOMMANDS:", "MANY-MACHINE SUBCOMMANDS:", "SET-UP SUBCOMMANDS:",
    ] {
      XCTAssertTrue(help.contains(group), help)
    }
    XCTAssertEqual(try ImgrecCLI.run(["--version"]).text, "imgrec 0.2.0\n")
  }

  // MARK: Man pages

  /// Runs a target of the Makefile that writes below `folder`.
  private func make(_ arguments: String...) throws {
    let result = try ImgrecCLI.shell(
      "env -u MAKEFLAGS -u MAKELEVEL make -s -C '\(ImgrecCLI.root.path)' STAGE='\(folder.path)' BINARY='\(ImgrecCLI.binary.path)' "
        + arguments.joined(separator: " "))
    XCTAssertEqual(result.status, 0, result.err)
  }

  func testEachCommandHasAManPage() throws {
    // `make test-build` puts the generator beside the tests.
    let tool = Bundle.main.bundleURL.appendingPathComponent("generate-manual").path
    try XCTSkipUnless(FileManager.default.isExecutableFile(atPath: tool), "\(tool) was not built")
    try make("manual", "MANUAL_TOOL='\(tool)'", "MANUAL_DATE=2000-01-02")
    let names = try commands().map { (["imgrec"] + $0).joined(separator: "-") + ".1" }
    let pages = folder.appendingPathComponent("man")
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: pages.path).sorted(), names.sorted())
    let canRender = FileManager.default.isExecutableFile(atPath: "/usr/bin/man")
    for (name, command) in zip(names, try commands()) {
      let text = try String(contentsOf: pages.appendingPathComponent(name), encoding: .utf8)
      XCTAssertTrue(text.contains("\n.Nm \(name.dropLast(2))\n"), name)
      XCTAssertTrue(text.contains("\n.It 130\n"), "\(name) lists the exit status")
      XCTAssertFalse(text.contains("\n.Xr imgrec."), "\(name) refers to pages by their names")
      guard canRender else { continue }
      let page = try ImgrecCLI.shell("man --warnings -l '\(pages.appendingPathComponent(name).path)'")
      XCTAssertEqual(page.err, "", name)
      XCTAssertTrue(page.text.contains((["imgrec"] + command).joined(separator: " ")), name)
    }
  }

  // MARK: Completions

  /// The words that bash offers at the end of a command line, with the script that imgrec generates.
  private func bashCompletions(_ words: String...) throws -> [String] {
    let script = """
      PATH='\(ImgrecCLI.binary.deletingLastPathComponent().path)':$PATH
      source '\(folder.path)/completions/imgrec.bash'
      COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
      [[ $(complete -p imgrec) == *' -F _imgrec imgrec' ]] || exit 1
      _imgrec imgrec "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
      (( ${#COMPREPLY[@]} == 0 )) || printf '%s\\n' "${COMPREPLY[@]}"
      """
    let file = folder.appendingPathComponent("complete.sh")
    try Data(script.utf8).write(to: file)
    let arguments = words.map { "'\($0)'" }.joined(separator: " ")
    let result = try ImgrecCLI.shell("bash '\(file.path)' \(arguments)", folder: folder)
    XCTAssertEqual(result.status, 0, result.err)
    return result.text.split(separator: "\n").map(String.init)
  }

  func testBashCompletesModelsTasksAndFiles() throws {
    try make("completions")
    for name in ["net.onnx", "card.json"] { try Data().write(to: folder.appendingPathComponent(name)) }
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("drawn"), withIntermediateDirectories: true)
    XCTAssertEqual(
      try bashCompletions("imgrec", "scan", "--model", "mobi"), ["mobilenet_v2", "mobilenet_v2_features"])
    XCTAssertEqual(try bashCompletions("imgrec", "scan", "photos", "-m", "./n"), ["./net.onnx"])
    XCTAssertEqual(try bashCompletions("imgrec", "scan", "-m", "yunet,yolox"), ["yunet,yolox_nano"])
    XCTAssertEqual(try bashCompletions("imgrec", "upscale", "--model", "espcn_x2"), ["espcn_x2"])
    XCTAssertEqual(try bashCompletions("imgrec", "upscale", "--model", "mobi"), [], "models of the task alone")
    XCTAssertEqual(try bashCompletions("imgrec", "scan", "--task", "fa"), ["faces"])
    XCTAssertEqual(try bashCompletions("imgrec", "scan", "--task", "faces,t"), ["faces,text"])
    XCTAssertEqual(try bashCompletions("imgrec", "scan", "--cascade", "yunet,sf"), ["yunet,sface"])
    XCTAssertEqual(
      try bashCompletions("imgrec", "scan", "--engine", "o").sorted(), ["onnxruntime", "opencv", "openvino"])
    XCTAssertEqual(try bashCompletions("imgrec", "scan", "--engine", "a"), ["auto"])
    XCTAssertEqual(try bashCompletions("imgrec", "scan", "--format", "v"), ["voc"])
    XCTAssertEqual(try bashCompletions("imgrec", "scan", "--annotate", "d"), ["drawn"])
    XCTAssertTrue(try bashCompletions("imgrec", "scan", "--card", "card").contains("card.json"))
    XCTAssertEqual(try bashCompletions("imgrec", "scan", "--files-from", "n"), ["net.onnx"])
    XCTAssertEqual(try bashCompletions("imgrec", "queue", "re"), ["retry"])
  }

  func testCompletionScriptsOfOtherShellsParse() throws {
    try make("completions")
    for shell in ["bash", "zsh", "fish"] {
      guard ["/bin", "/usr/bin"].contains(where: { FileManager.default.isExecutableFile(atPath: "\($0)/\(shell)") })
      else { continue }
      let result = try ImgrecCLI.shell("\(shell) -n '\(folder.path)/completions/imgrec.\(shell)'")
      XCTAssertEqual(result.status, 0, "\(shell): \(result.err)")
    }
  }
}
