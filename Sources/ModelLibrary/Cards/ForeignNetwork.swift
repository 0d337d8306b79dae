import Foundation
import Platform

/// Networks in files of frameworks that no engine runs, and how they are exported to ONNX.
enum ForeignNetwork {
  /// Why `reference`, the value of `--model`, names no network that can run, and the command that makes one; nil if it
  /// may name one.
  static func problem(_ reference: String) -> String? {
    if let end = reference.range(of: "://"), end.lowerBound > reference.startIndex, FileSystem.size(reference) == nil {
      let name = (reference as NSString).lastPathComponent
      let reader = reference.lowercased().hasPrefix("http") ? "curl -LO \(reference)" : "download the file"
      return "the network \(reference) is a URL, which is not read\nFetch it first: \(reader), then --model ./\(name)"
    }
    let file = (reference as NSString).lastPathComponent as NSString
    let onnx = "\(file.deletingPathExtension).onnx"
    func export(_ kind: String, _ advice: String) -> String {
      "\(reference) is a network of \(kind), which is not read; ONNX is\n\(advice)"
    }
    switch file.pathExtension.lowercased() {
    case "pt", "pth", "ckpt", "pkl", "torchscript":
      return export(
        "PyTorch",
        "Export it: yolo export model=\(reference) format=onnx, or torch.onnx.export(model, input, \"\(onnx)\") in Python."
      )
    case "safetensors":
      return export(
        "safetensors", "Export its model: optimum-cli export onnx --model FOLDER OUTPUT (pip install optimum).")
    case "h5", "keras":
      return export("Keras", "Export it: python3 -m tf2onnx.convert --keras \(reference) --output \(onnx)")
    case "engine", "plan", "trt":
      return export("TensorRT", "Export the network that it was made from: yolo export model=NET.pt format=onnx")
    case "mlmodel", "mlpackage":
      return export("Core ML", "Export the network that it was made from: torch.onnx.export(model, input, \"\(onnx)\")")
    case "pdmodel", "pdiparams":
      return export(
        "Paddle", "Export it: paddle2onnx --model_dir FOLDER --model_filename \(file) --save_file \(onnx)")
    default: return nil
    }
  }
}
