import XCTest

/// Options that do nothing together are refused before the run: one line names the mistake, one the way out.
final class CombinationTests: XCTestCase {
  /// Checks that the command is refused with status 64 and these two lines.
  private func assertRefused(
    _ command: String, _ problem: String, _ advice: String, file: StaticString = #filePath, line: UInt = #line
  ) throws {
    let folder = try ImgrecCLI.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data().write(to: folder.appendingPathComponent("a.jpg"))
    let result = try ImgrecCLI.run(command.split(separator: " ").map(String.init), folder: folder)
    XCTAssertEqual(result.status, 64, command, file: file, line: line)
    XCTAssertEqual(result.err, "imgrec: \(problem)\n\(advice)\n", command, file: file, line: line)
    XCTAssertTrue(result.out.isEmpty, command, file: file, line: line)
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    XCTAssertEqual(left, ["a.jpg"], "\(command) leaves \(left)", file: file, line: line)
  }

  func testOptionsThatNeedATask() throws {
    for (option, need, task) in [
      ("--cutout out", "the task segment", "segment"), ("--masks out", "the task segment", "segment"),
      ("--identify", "the task faces", "faces"), ("--vectors", "the task faces", "faces"),
      ("--age-gender", "the task faces", "faces"), ("--npy v.npy", "the task embed", "embed"),
      ("--crops out", "one of the tasks detect, faces, nsfw, text, plates, codes", "detect"),
      ("--format coco", "one of the tasks detect, faces, nsfw, segment, text, plates", "detect"),
      ("--format yolo -o out", "one of the tasks detect, faces, nsfw, segment, text, plates", "detect"),
    ] {
      let name = option.hasPrefix("--format") ? option.replacingOccurrences(of: " -o out", with: "") : nil
      let flag = name ?? String(option.split(separator: " ")[0])
      try assertRefused(
        "scan a.jpg \(option)", "\(flag) needs \(need); this run has classify",
        "Add --task \(task), or leave \(flag) out.")
    }
    try assertRefused(
      "scan a.jpg --task detect --top 3", "--top needs one of the tasks classify, rotation; this run has detect",
      "Use --task detect,classify, or leave --top out.")
    try assertRefused(
      "scan a.jpg --task quality --annotate out",
      "--annotate needs one of the tasks detect, classify, faces, nsfw, segment, rotation, text, plates, codes; "
        + "this run has quality",
      "Use --task quality,detect, or leave --annotate out.")
    try assertRefused(
      "scan a.jpg --task embed --min-confidence 0.5",
      "--min-confidence needs one of the tasks classify, faces, detect, nsfw, segment, rotation, text, plates; "
        + "this run has embed", "Use --task embed,classify, or leave --min-confidence out.")
    try assertRefused(
      "scan a.jpg --task faces --similar 3",
      "--similar does not apply to faces, text, plates, codes, in which near duplicates may differ; "
        + "this run has faces",
      "Use --task faces,classify, or leave --similar out.")
  }

  func testOptionsThatNeedAModel() throws {
    try assertRefused(
      "scan a.jpg --iou 0.5", "--iou needs a model with non-maximum suppression; efficientnet_lite0 has none",
      "Name another model, or leave --iou out.")
    try assertRefused(
      "scan a.jpg --task faces --labels dog", "--labels needs a model with labels; yunet has none",
      "Name another model, or leave --labels out.")
    try assertRefused(
      "scan a.jpg -m sface", "sface runs after another model (identify), and not by itself",
      "Use --task faces --identify --identifier sface.")
    try assertRefused(
      "scan a.jpg -m edsr_x3", "edsr_x3 upscales pictures", "Use imgrec upscale --model edsr_x3 -o FOLDER.")
    try assertRefused(
      "scan a.jpg -m yunet --task detect", "yunet is for the task faces; --task names detect",
      "Use --task detect,faces, or leave --task out.")
    try assertRefused(
      "scan a.jpg --cascade yunet,centerface", "--cascade needs two models that classify; yunet does not",
      "Name two models of the task classify: imgrec models list shows them.")
    try assertRefused(
      "scan a.jpg -m yunet --fallback yolox_nano", "yolox_nano is for the task detect; this run has faces",
      "Name a second model of the same task: imgrec models list shows them.")
    try assertRefused(
      "bench a.jpg --task faces,text", "bench measures one model at a time; this run has faces, text",
      "Run it for each: imgrec bench --model NAME PATH.")
    try assertRefused(
      "scan a.jpg --precision bf16 --engine opencv", "--precision bf16 needs the engine openvino; this run has opencv",
      "Use --engine openvino, or leave --precision out.")
  }

  func testOptionsThatNeedAnother() throws {
    for (option, other, added) in [
      ("--print0", "--format paths", "--format paths"), ("--resume", "-o FILE", "-o FILE"),
      ("--card c.json", "one --model FILE", ""), ("--labels-file l.txt", "--head", "--head KIND"),
      ("--input-size 224", "--head", "--head KIND"), ("--cascade-threshold 0.5", "--cascade", "--cascade LIGHT,HEAVY"),
      ("--fallback-after 3", "--fallback", "--fallback MODEL"), ("--digest", "--queue", "--queue URL"),
      ("--inline 1M", "--queue", "--queue URL"), ("--shards 2", "--queue", "--queue URL"),
      ("--max-pending 5", "--queue", "--queue URL"), ("--task faces --gallery g.json", "--identify", "--identify"),
      ("--task faces --max-distance 1", "--identify", "--identify"),
    ] {
      let flag = option.split(separator: " ").first { $0.hasPrefix("--") && $0 != "--task" }!
      let advice =
        added.isEmpty
        ? "Add --model FILE, the network that the card describes, or leave --card out."
        : "Add \(added), or leave \(flag) out."
      try assertRefused("scan a.jpg \(option)", "\(flag) needs \(other)", advice)
    }
    try assertRefused(
      "scan -0 a.jpg", "-0 needs a list of paths",
      "Add '-' to read one from standard input, or --files-from FILE, or leave -0 out.")
    try assertRefused(
      "scan a.jpg --on-exists overwrite", "--on-exists overwrite needs an output file or folder",
      "Add -o FILE, or leave --on-exists out.")
    try assertRefused(
      "scan a.jpg -o r.jsonl --on-exists skip", "--on-exists skip is for files of each image; this run writes none",
      "Use --on-exists overwrite, or add --annotate, --crops, --cutout or --masks FOLDER.")
    try assertRefused(
      "collect --queue redis://127.0.0.1:1/q --resume", "--resume needs -o FILE",
      "Add -o FILE, or leave --resume out.")
  }

  func testOptionsThatExcludeEachOther() throws {
    for (options, problem, advice) in [
      ("-q -v", "--quiet and --verbose", "--quiet or --verbose"),
      ("--fail-fast --max-failures 3", "--fail-fast and --max-failures", "--fail-fast or --max-failures"),
      ("--cascade mobilenet_v2,squeezenet_1_1 --fallback yunet", "--cascade and --fallback", "--cascade or --fallback"),
    ] {
      try assertRefused("scan a.jpg \(options)", "\(problem) cannot be used together", "Leave \(advice) out.")
    }
    for (options, a, b, reason) in [
      ("--cascade x,y --model z", "--cascade", "--model", "it names the models"),
      (
        "--task embed --npy v.npy -o r.jsonl --resume", "--npy", "--resume",
        "the array would lack the rows of the earlier run"
      ),
      (
        "--task detect --pages all --format coco", "--pages all", "--format coco",
        "annotations are named by the file, and not by its pages"
      ),
      ("--annotate out --cache refresh", "--cache refresh", "--annotate", "a cached answer has no picture"),
      (
        "--similar 3 --annotate out", "--similar", "--annotate",
        "an answer that is taken from another image has no picture"
      ),
      ("--queue redis://127.0.0.1:1/q --summary s.json", "--queue", "--summary", "the workers measure what it holds"),
      ("--queue redis://127.0.0.1:1/q --annotate out", "--queue", "--annotate", "the workers have the pictures"),
      ("--queue redis://127.0.0.1:1/q --format csv", "--queue", "--format csv", "its records are JSON Lines"),
    ] {
      try assertRefused(
        "scan a.jpg \(options)", "\(a) and \(b) cannot be used together: \(reason)", "Leave \(a) or \(b) out.")
    }
  }

  func testOptionsThatDoNothingInACommand() throws {
    try assertRefused(
      "similar a.jpg --instances 2", "--instances does nothing in imgrec similar: it runs no network",
      "Leave --instances out.")
    try assertRefused(
      "scan a.jpg --queue redis://127.0.0.1:1/q --timeout 3",
      "--timeout does nothing in scan --queue: the workers choose it", "Give it to imgrec worker, or leave it out.")
    try assertRefused(
      "upscale a.jpg -o b.png --quality 50", "--quality is for JPEG and WebP; this run writes PNG",
      "Use --format jpeg or webp, or leave --quality out.")
    try assertRefused(
      "upscale a.jpg -o - --compare", "--compare writes a file beside the output, which is standard output",
      "Name a file or folder with -o, or leave --compare out.")
    try assertRefused(
      "models pull", "no network is named", "Name one, as in imgrec models pull yunet, or use --all or --task")
    try assertRefused("cache prune", "prune needs a limit", "Add --max-size SIZE, --max-age TIME, or both.")
    try assertRefused(
      "scan", "no image or folder is named",
      "Name one, or '-' to read a list of paths or an image from standard input: imgrec scan PATH")
  }
}
