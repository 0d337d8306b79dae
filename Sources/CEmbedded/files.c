#include "CEmbedded.h"

#include <string.h>

// `#embed` finds a file beside this one, wherever the package is built, and compiles megabytes in no time; as arrays in
// Swift, half a megabyte takes longer than most modules.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const uint8_t edsr_lite_x3_onnx[] = {
#embed "edsr_lite_x3.onnx"
};

static const uint8_t edsr_photo_x2_onnx[] = {
#embed "edsr_photo_x2.onnx"
};

static const uint8_t edsr_photo_x3_onnx[] = {
#embed "edsr_photo_x3.onnx"
};

static const uint8_t edsr_photo_x4_onnx[] = {
#embed "edsr_photo_x4.onnx"
};

static const uint8_t zoo_json[] = {
#embed "../ModelLibrary/zoo.json"
};

static const uint8_t classify_example_json[] = {
#embed "../ModelLibrary/Cards/classify_example.json"
};

static const uint8_t upscale_example_json[] = {
#embed "../ModelLibrary/Cards/upscale_example.json"
};

static const uint8_t carn_py[] = {
#embed "../ModelLibrary/Converters/carn.py"
};

static const uint8_t efficientnet_lite_py[] = {
#embed "../ModelLibrary/Converters/efficientnet_lite.py"
};

static const uint8_t onnx_writer_py[] = {
#embed "../ModelLibrary/Converters/onnx_writer.py"
};

static const uint8_t pytorch_state_py[] = {
#embed "../ModelLibrary/Converters/pytorch_state.py"
};

static const uint8_t squeezenet_py[] = {
#embed "../ModelLibrary/Converters/squeezenet.py"
};

static const uint8_t download_py[] = {
#embed "../ModelLibrary/Download/download.py"
};

static const uint8_t download_source_py[] = {
#embed "../ModelLibrary/Download/download_source.py"
};

static const uint8_t unpack_py[] = {
#embed "../ModelLibrary/Download/unpack.py"
};

static const uint8_t quantise_py[] = {
#embed "../ModelLibrary/Quantisation/quantise.py"
};

static const uint8_t quantise_requirements_txt[] = {
#embed "../ModelLibrary/Quantisation/quantise_requirements.txt"
};

static const uint8_t unpack_libraries_py[] = {
#embed "../EngineSupport/Scripts/unpack_libraries.py"
};

static const uint8_t page_css[] = {
#embed "../Report/Page/page.css"
};

static const uint8_t page_js[] = {
#embed "../Report/Page/page.js"
};

static const uint8_t page_mustache[] = {
#embed "../Report/Page/page.mustache"
};

static const uint8_t announce_lua[] = {
#embed "../Queue/Scripts/announce.lua"
};

static const uint8_t collect_lua[] = {
#embed "../Queue/Scripts/collect.lua"
};

static const uint8_t finish_lua[] = {
#embed "../Queue/Scripts/finish.lua"
};

static const uint8_t forget_lua[] = {
#embed "../Queue/Scripts/forget.lua"
};

static const uint8_t load_lua[] = {
#embed "../Queue/Scripts/load.lua"
};

static const uint8_t record_lua[] = {
#embed "../Queue/Scripts/record.lua"
};

static const uint8_t retry_lua[] = {
#embed "../Queue/Scripts/retry.lua"
};

static const uint8_t submit_lua[] = {
#embed "../Queue/Scripts/submit.lua"
};

static const uint8_t submitting_lua[] = {
#embed "../Queue/Scripts/submitting.lua"
};

#define FILE_OF(name, bytes) {name, {bytes, sizeof bytes}}

static const struct {
  const char *name;
  cembedded_file file;
} files[] = {
    FILE_OF("edsr_lite_x3.onnx", edsr_lite_x3_onnx),
    FILE_OF("edsr_photo_x2.onnx", edsr_photo_x2_onnx),
    FILE_OF("edsr_photo_x3.onnx", edsr_photo_x3_onnx),
    FILE_OF("edsr_photo_x4.onnx", edsr_photo_x4_onnx),
    FILE_OF("zoo.json", zoo_json),
    FILE_OF("classify_example.json", classify_example_json),
    FILE_OF("upscale_example.json", upscale_example_json),
    FILE_OF("carn.py", carn_py),
    FILE_OF("efficientnet_lite.py", efficientnet_lite_py),
    FILE_OF("onnx_writer.py", onnx_writer_py),
    FILE_OF("pytorch_state.py", pytorch_state_py),
    FILE_OF("squeezenet.py", squeezenet_py),
    FILE_OF("download.py", download_py),
    FILE_OF("download_source.py", download_source_py),
    FILE_OF("unpack.py", unpack_py),
    FILE_OF("quantise.py", quantise_py),
    FILE_OF("quantise_requirements.txt", quantise_requirements_txt),
    FILE_OF("unpack_libraries.py", unpack_libraries_py),
    FILE_OF("page.css", page_css),
    FILE_OF("page.js", page_js),
    FILE_OF("page.mustache", page_mustache),
    FILE_OF("announce.lua", announce_lua),
    FILE_OF("collect.lua", collect_lua),
    FILE_OF("finish.lua", finish_lua),
    FILE_OF("forget.lua", forget_lua),
    FILE_OF("load.lua", load_lua),
    FILE_OF("record.lua", record_lua),
    FILE_OF("retry.lua", retry_lua),
    FILE_OF("submit.lua", submit_lua),
    FILE_OF("submitting.lua", submitting_lua),
};

cembedded_file cembedded_find(const char *name) {
  for (size_t i = 0; i < sizeof files / sizeof *files; i++)
    if (strcmp(files[i].name, name) == 0) return files[i].file;
  return (cembedded_file){NULL, 0};
}
