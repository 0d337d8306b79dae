#include <dlfcn.h>

#include <memory>
#include <mutex>
#include <opencv2/dnn.hpp>
#include <opencv2/dnn/layer.details.hpp>
#include <string>
#include <vector>

#include "COpenCV.h"
#include "config.h"
#include "guard.h"

namespace {

/// TensorFlow's DepthToSpace, which OpenCV's importer leaves to a registered layer: (n, c * b * b, h, w) becomes
/// (n, c, h * b, w * b). The channels of the source are ordered (row in block, column in block, c).
class DepthToSpace CV_FINAL : public cv::dnn::Layer {
public:
  explicit DepthToSpace(const cv::dnn::LayerParams &params) : Layer(params) {
    block = params.get<int>("block_size");
    CV_Assert(block > 0);
  }

  static cv::Ptr<cv::dnn::Layer> create(cv::dnn::LayerParams &params) {
    return cv::Ptr<cv::dnn::Layer>(new DepthToSpace(params));
  }

  bool getMemoryShapes(
      const std::vector<cv::dnn::MatShape> &inputs, const int, std::vector<cv::dnn::MatShape> &outputs,
      std::vector<cv::dnn::MatShape> &) const CV_OVERRIDE {
    CV_Assert(inputs.size() == 1 && inputs[0].size() == 4 && inputs[0][1] % (block * block) == 0);
    const cv::dnn::MatShape &in = inputs[0];
    outputs.assign(1, cv::dnn::MatShape{in[0], in[1] / (block * block), in[2] * block, in[3] * block});
    return false;
  }

  void forward(
      cv::InputArrayOfArrays inputArrays, cv::OutputArrayOfArrays outputArrays,
      cv::OutputArrayOfArrays) CV_OVERRIDE {
    std::vector<cv::Mat> inputs, outputs;
    inputArrays.getMatVector(inputs);
    outputArrays.getMatVector(outputs);
    const cv::Mat &in = inputs[0];
    cv::Mat &out = outputs[0];
    CV_Assert(in.depth() == CV_32F && in.isContinuous() && out.isContinuous());
    const int channels = out.size[1], height = in.size[2], width = in.size[3];
    for (int n = 0; n < in.size[0]; n++)
      for (int source = 0; source < in.size[1]; source++) {
        const int position = source / channels, c = source % channels;
        for (int y = 0; y < height; y++) {
          const float *from = in.ptr<float>(n, source) + size_t(y) * width;
          float *to = out.ptr<float>(n, c) + size_t(y * block + position / block) * width * block + position % block;
          for (int x = 0; x < width; x++) to[size_t(x) * block] = from[x];
        }
      }
  }

private:
  int block;
};

/// OpenCV parses some formats with protobuf, which prints parse errors. The handler is found at run
/// time, by the name it has in protobuf 3, so that it need not be linked; a null handler drops the messages.
void silenceProtobuf() {
  using Set = void *(*)(void *);
  const char *name =
      "_ZN6google8protobuf13SetLogHandlerEPFvNS0_8LogLevelEPKciRKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEEE";
  if (auto set = reinterpret_cast<Set>(dlsym(RTLD_DEFAULT, name))) set(nullptr);
}

void prepareOnce() {
  static const bool done = [] {
    cv::dnn::LayerFactory::registerLayer("DepthToSpace", DepthToSpace::create);
    silenceProtobuf();
    return true;
  }();
  (void)done;
}

/// Reads a TensorFlow graph with `read`, one at a time: each of OpenCV 4.6's importers fills one static table of the
/// layers it knows (buildDispatchMap in tf_importer.cpp) without a lock, so that two at once lose entries.
template <typename Read>
cv::dnn::Net readTensorflow(Read read) {
  static std::mutex mutex;
  const std::lock_guard<std::mutex> lock(mutex);
  return read();
}

cv::dnn::Net readNet(CVNetFormat format, const std::string &network, const std::string &config) {
  switch (format) {
  case CVNetFormatOnnx: return cv::dnn::readNetFromONNX(network);
  case CVNetFormatCaffe: {
    const std::string text = copencv::caffeWithoutThreshold(copencv::readFile(config));
    const std::string weights = copencv::readFile(network);
    return cv::dnn::readNetFromCaffe(text.data(), text.size(), weights.data(), weights.size());
  }
  case CVNetFormatTensorflow: {
    if (config.empty()) return readTensorflow([&] { return cv::dnn::readNetFromTensorflow(network); });
    const std::string text = copencv::tensorflowWithoutThreshold(copencv::readFile(config));
    const std::string graph = copencv::readFile(network);
    return readTensorflow(
        [&] { return cv::dnn::readNetFromTensorflow(graph.data(), graph.size(), text.data(), text.size()); });
  }
  case CVNetFormatDarknet: {
    const std::string text = copencv::darknetWithoutThreshold(copencv::readFile(config));
    const std::string weights = copencv::readFile(network);
    return cv::dnn::readNetFromDarknet(text.data(), text.size(), weights.data(), weights.size());
  }
  case CVNetFormatTorch: return cv::dnn::readNetFromTorch(network);
  }
  CV_Error(cv::Error::StsBadArg, "a format that is not known");
}

/// OpenCV 4.6 names the layers of an ONNX after its nodes, with a prefix; only the graph's own outputs go by their
/// names.
cv::String layerNamed(const cv::dnn::Net &net, const cv::String &name) {
  for (const cv::String &layer : {name, "onnx_node!" + name})
    if (net.getLayerId(layer) >= 0) return layer;
  CV_Error(cv::Error::StsObjectNotFound, "the network has no output '" + name + "'");
}

}  // namespace

struct CVNet {
  cv::dnn::Net net;
  /// Names of the outputs, and of the layers that return them.
  std::vector<cv::String> names, layers;
  std::vector<cv::Mat> mats;
  std::vector<CVOutput> outputs;
};

const char *copencv_version(void) {
  static const std::string version = cv::getVersionString();
  return version.c_str();
}

CVStatus copencv_set_threads(int threads, CVError *error) {
  return copencv::guarded(error, [&] { cv::setNumThreads(threads); });
}

CVStatus copencv_net_open(
    CVNetFormat format, const char *network, const char *config, const char *const *outputs, int outputCount,
    CVNet **net, CVError *error) {
  *net = nullptr;
  return copencv::guarded(error, [&] {
    prepareOnce();
    auto opened = std::make_unique<CVNet>();
    opened->net = readNet(format, network, config == nullptr ? "" : config);
    if (opened->net.empty()) CV_Error(cv::Error::StsParseError, "there is no network in the file");
    opened->net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
    opened->net.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
    if (outputCount > 0)
      opened->names.assign(outputs, outputs + outputCount);
    else
      opened->names = opened->net.getUnconnectedOutLayersNames();
    if (opened->names.empty()) CV_Error(cv::Error::StsParseError, "the network has no outputs");
    for (const cv::String &name : opened->names) opened->layers.push_back(layerNamed(opened->net, name));
    *net = opened.release();
  });
}

void copencv_net_close(CVNet *net) {
  copencv::guarded(nullptr, [&] { delete net; });
}

CVStatus copencv_net_run(
    CVNet *net, const char *input, const float *blob, const int *shape, int dimensions, const CVOutput **outputs,
    int *outputCount, CVError *error) {
  return copencv::guarded(error, [&] {
    // OpenCV copies the input, so the promise not to write through this header holds.
    const cv::Mat in(dimensions, shape, CV_32F, const_cast<float *>(blob));
    net->net.setInput(in, input == nullptr ? "" : input);
    net->net.forward(net->mats, net->layers);
    CV_Assert(net->mats.size() == net->names.size());
    net->outputs.clear();
    for (size_t i = 0; i < net->mats.size(); i++) {
      cv::Mat &mat = net->mats[i];
      if (mat.depth() != CV_32F || !mat.isContinuous()) {
        cv::Mat plain;
        mat.convertTo(plain, CV_32F);
        mat = plain;
      }
      net->outputs.push_back(
          CVOutput{net->names[i].c_str(), mat.size.p, mat.dims, mat.ptr<float>(), mat.total()});
    }
    *outputs = net->outputs.data();
    *outputCount = int(net->outputs.size());
  });
}
