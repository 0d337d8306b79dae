#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The part of OpenVINO's C API that imgrec uses, declared here so that its headers are not needed. The names are the
// library's.

typedef int ov_status;  // 0: success

typedef struct {
  const char *build_number;
  const char *description;
} ov_version;

typedef struct {
  int64_t rank;
  int64_t *dims;
} ov_shape;

typedef struct {
  int64_t min, max;
} ov_dimension;

typedef struct {
  char **devices;
  size_t size;
} ov_devices;

typedef struct {
  ov_dimension rank;
  ov_dimension *dims;
} ov_partial_shape;

// The numbering of 2025 and later; `numbersFit` asks the library.
enum { ov_f16 = 3, ov_f32 = 4, ov_f64 = 5, ov_u8 = 16, ov_u16 = 17 };

typedef struct ov_core ov_core;
typedef struct ov_model ov_model;
typedef struct ov_compiled ov_compiled;
typedef struct ov_infer ov_infer;
typedef struct ov_tensor ov_tensor;
typedef struct ov_port ov_port;
typedef struct ov_layout ov_layout;
typedef struct ov_preprocess ov_preprocess;
typedef struct ov_pre_input ov_pre_input;
typedef struct ov_pre_tensor ov_pre_tensor;
typedef struct ov_pre_model ov_pre_model;
typedef struct ov_pre_steps ov_pre_steps;
typedef struct ov_pre_output ov_pre_output;
typedef struct ov_pre_output_tensor ov_pre_output_tensor;

// field, symbol, result, parameters
#define OV_FUNCTIONS(X)                                                                                          \
  X(version, ov_get_openvino_version, ov_status, (ov_version *))                                                 \
  X(versionFree, ov_version_free, void, (ov_version *))                                                          \
  X(lastError, ov_get_last_err_msg, const char *, (void))                                                        \
  X(errorInfo, ov_get_error_info, const char *, (ov_status))                                                     \
  X(free, ov_free, void, (const char *))                                                                         \
  X(coreCreate, ov_core_create, ov_status, (ov_core **))                                                         \
  X(coreFree, ov_core_free, void, (ov_core *))                                                                   \
  X(devices, ov_core_get_available_devices, ov_status, (const ov_core *, ov_devices *))                          \
  X(devicesFree, ov_available_devices_free, void, (ov_devices *))                                                \
  X(read, ov_core_read_model, ov_status, (const ov_core *, const char *, const char *, ov_model **))             \
  X(compile, ov_core_compile_model, ov_status,                                                                   \
    (const ov_core *, const ov_model *, const char *, size_t, ov_compiled **, ...))                              \
  X(importModel, ov_core_import_model, ov_status,                                                                \
    (const ov_core *, const char *, size_t, const char *, ov_compiled **))                                       \
  X(exportModel, ov_compiled_model_export_model, ov_status, (const ov_compiled *, const char *))                 \
  X(setProperty, ov_core_set_property, ov_status, (const ov_core *, const char *, ...))                          \
  X(getProperty, ov_core_get_property, ov_status, (const ov_core *, const char *, const char *, char **))        \
  X(modelFree, ov_model_free, void, (ov_model *))                                                                \
  X(modelInputs, ov_model_inputs_size, ov_status, (const ov_model *, size_t *))                                  \
  X(modelOutputs, ov_model_outputs_size, ov_status, (const ov_model *, size_t *))                                \
  X(modelInput, ov_model_const_input_by_index, ov_status, (const ov_model *, size_t, ov_port **))                \
  X(modelInputNamed, ov_model_const_input_by_name, ov_status, (const ov_model *, const char *, ov_port **))      \
  X(reshape, ov_model_reshape_single_input, ov_status, (const ov_model *, ov_partial_shape))                     \
  X(partialCreate, ov_partial_shape_create, ov_status, (int64_t, const ov_dimension *, ov_partial_shape *))      \
  X(partialFree, ov_partial_shape_free, void, (ov_partial_shape *))                                              \
  X(portPartial, ov_port_get_partial_shape, ov_status, (const ov_port *, ov_partial_shape *))                    \
  X(portType, ov_port_get_element_type, ov_status, (const ov_port *, int *))                                     \
  X(portName, ov_port_get_any_name, ov_status, (const ov_port *, char **))                                       \
  X(portFree, ov_output_const_port_free, void, (ov_port *))                                                      \
  X(compiledFree, ov_compiled_model_free, void, (ov_compiled *))                                                 \
  X(compiledOutputs, ov_compiled_model_outputs_size, ov_status, (const ov_compiled *, size_t *))                 \
  X(compiledOutput, ov_compiled_model_output_by_index, ov_status, (const ov_compiled *, size_t, ov_port **))     \
  X(compiledNamed, ov_compiled_model_output_by_name, ov_status, (const ov_compiled *, const char *, ov_port **)) \
  X(inferCreate, ov_compiled_model_create_infer_request, ov_status, (const ov_compiled *, ov_infer **))          \
  X(inferFree, ov_infer_request_free, void, (ov_infer *))                                                        \
  X(inferInput, ov_infer_request_set_input_tensor_by_index, ov_status, (ov_infer *, size_t, const ov_tensor *))  \
  X(inferRun, ov_infer_request_infer, ov_status, (ov_infer *))                                                   \
  X(inferCancel, ov_infer_request_cancel, ov_status, (ov_infer *))                                               \
  X(inferOutput, ov_infer_request_get_tensor_by_const_port, ov_status,                                           \
    (const ov_infer *, const ov_port *, ov_tensor **))                                                           \
  X(tensorOver, ov_tensor_create_from_host_ptr, ov_status, (int, ov_shape, void *, ov_tensor **))                \
  X(tensorCreate, ov_tensor_create, ov_status, (int, ov_shape, ov_tensor **))                                    \
  X(tensorShape, ov_tensor_get_shape, ov_status, (const ov_tensor *, ov_shape *))                                \
  X(tensorBytes, ov_tensor_get_byte_size, ov_status, (const ov_tensor *, size_t *))                              \
  X(tensorSize, ov_tensor_get_size, ov_status, (const ov_tensor *, size_t *))                                    \
  X(tensorData, ov_tensor_data, ov_status, (const ov_tensor *, void **))                                         \
  X(tensorFree, ov_tensor_free, void, (ov_tensor *))                                                             \
  X(shapeFree, ov_shape_free, ov_status, (ov_shape *))                                                           \
  X(layoutCreate, ov_layout_create, ov_status, (const char *, ov_layout **))                                     \
  X(layoutFree, ov_layout_free, void, (ov_layout *))                                                             \
  X(preCreate, ov_preprocess_prepostprocessor_create, ov_status, (const ov_model *, ov_preprocess **))           \
  X(preFree, ov_preprocess_prepostprocessor_free, void, (ov_preprocess *))                                       \
  X(preBuild, ov_preprocess_prepostprocessor_build, ov_status, (const ov_preprocess *, ov_model **))             \
  X(preInput, ov_preprocess_prepostprocessor_get_input_info_by_index, ov_status,                                 \
    (const ov_preprocess *, size_t, ov_pre_input **))                                                            \
  X(preInputFree, ov_preprocess_input_info_free, void, (ov_pre_input *))                                         \
  X(preTensor, ov_preprocess_input_info_get_tensor_info, ov_status, (const ov_pre_input *, ov_pre_tensor **))    \
  X(preTensorFree, ov_preprocess_input_tensor_info_free, void, (ov_pre_tensor *))                                \
  X(preTensorType, ov_preprocess_input_tensor_info_set_element_type, ov_status, (ov_pre_tensor *, int))          \
  X(preTensorLayout, ov_preprocess_input_tensor_info_set_layout, ov_status, (ov_pre_tensor *, ov_layout *))      \
  X(preModel, ov_preprocess_input_info_get_model_info, ov_status, (const ov_pre_input *, ov_pre_model **))       \
  X(preModelFree, ov_preprocess_input_model_info_free, void, (ov_pre_model *))                                   \
  X(preModelLayout, ov_preprocess_input_model_info_set_layout, ov_status, (ov_pre_model *, ov_layout *))         \
  X(preSteps, ov_preprocess_input_info_get_preprocess_steps, ov_status, (const ov_pre_input *, ov_pre_steps **)) \
  X(preStepsFree, ov_preprocess_preprocess_steps_free, void, (ov_pre_steps *))                                   \
  X(preConvert, ov_preprocess_preprocess_steps_convert_element_type, ov_status, (ov_pre_steps *, int))           \
  X(preMean, ov_preprocess_preprocess_steps_mean_multi_channels, ov_status,                                      \
    (ov_pre_steps *, const float *, int32_t))                                                                    \
  X(preScale, ov_preprocess_preprocess_steps_scale_multi_channels, ov_status,                                    \
    (ov_pre_steps *, const float *, int32_t))                                                                    \
  X(preOutput, ov_preprocess_prepostprocessor_get_output_info_by_index, ov_status,                               \
    (const ov_preprocess *, size_t, ov_pre_output **))                                                           \
  X(preOutputFree, ov_preprocess_output_info_free, void, (ov_pre_output *))                                      \
  X(preOutputTensor, ov_preprocess_output_info_get_tensor_info, ov_status,                                       \
    (const ov_pre_output *, ov_pre_output_tensor **))                                                            \
  X(preOutputTensorFree, ov_preprocess_output_tensor_info_free, void, (ov_pre_output_tensor *))                  \
  X(preOutputType, ov_preprocess_output_set_element_type, ov_status, (ov_pre_output_tensor *, int))

struct OVLibrary {
#define OV_FIELD(field, symbol, result, parameters) result(*field) parameters;
  OV_FUNCTIONS(OV_FIELD)
#undef OV_FIELD
  ov_core *core;
  char version_text[128];
  char path[1024];
};
