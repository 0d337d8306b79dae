import XCTest

@testable import Outputs
@testable import Platform
@testable import Recognition
@testable import Records

final class CSVCellTests: XCTestCase {
  private func cell(_ text: String) -> String {
    var row = ByteWriter()
    CSVCell.append(text, to: &row)
    return row.text
  }

  func testFormulasAreText() {
    XCTAssertEqual(cell("=1+1"), "'=1+1")
    XCTAssertEqual(cell("=HYPERLINK(\"http://x\",\"y\")"), "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"")
    XCTAssertEqual(cell("+cmd|' /C calc'!A0"), "'+cmd|' /C calc'!A0")
    XCTAssertEqual(cell("-2+3"), "'-2+3")
    XCTAssertEqual(cell("@SUM(1)"), "'@SUM(1)")
    XCTAssertEqual(cell("\t=1"), "'\t=1")
    XCTAssertEqual(cell("\r=1"), "\"'\r=1\"")
    XCTAssertEqual(cell("\r\n=1"), "\"'\r\n=1\"")
    XCTAssertEqual(cell("＝1"), "'＝1")
    XCTAssertEqual(cell("-"), "'-")
    XCTAssertEqual(cell("=\u{301}1"), "'=\u{301}1", "the first scalar decides, not the first character")
  }

  func testOthersStay() {
    for text in ["", "a=b", "-0.5", "+49", "-12", "tabby", "'=1", ".5", "日本"] { XCTAssertEqual(cell(text), text) }
    XCTAssertEqual(cell(" x"), "\" x\"")
  }

  func testColumnsOfNumbersStay() throws {
    let measures = Answer(task: .quality, model: "m@0", findings: .measures([Measure("=x", -1.5)]))
    let box = Detection(
      label: "@dog", text: "=1+1", score: 0.5, box: Box(x: -3, y: -0.5, width: 1, height: 1))
    let boxes = Answer(task: .detect, model: "m@0", findings: .detections([box]))
    let csv = try written { output in
      let sink = CSVSink(output)
      try sink.write(Outcome(index: 0, path: RawPath("-rf=.jpg"), result: .success([measures, boxes])))
      try sink.finish()
    }
    let rows = csv.components(separatedBy: "\r\n")
    XCTAssertEqual(rows[1], "'-rf=.jpg,ok,,,,quality,1,'=x,,,,,,-1.5,,,,")
    XCTAssertEqual(rows[2], "'-rf=.jpg,ok,,,,detect,1,'@dog,0.5,-3,-0.5,1,1,'=1+1,,,,")
  }
}
