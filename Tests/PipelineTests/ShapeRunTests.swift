import Recognition
import Testing

@testable import Pipeline

@Suite struct ShapeRunTests {
  private let wide = PixelSize(width: 640, height: 48)
  private let narrow = PixelSize(width: 320, height: 48)

  @Test("the last shape is preferred until the run is as long as it may be")
  func endsLongRuns() {
    var run = ShapeRun()
    #expect(run.preferred == nil)
    for _ in 1..<ShapeRun.longest {
      run.append(wide, count: 1)
      #expect(run.preferred == wide)
    }
    run.append(wide, count: 1)
    #expect(run.preferred == nil)
    run.append(wide, count: 1)
    #expect(run.preferred == nil, "the oldest input had the same shape")
    run.append(narrow, count: 1)
    #expect(run.preferred == narrow)
    run.append(wide, count: ShapeRun.longest)
    #expect(run.preferred == nil, "a batch may be a run")
  }
}
