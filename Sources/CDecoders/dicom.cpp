#include "support.h"

void cdecoders_dicom(const cdecoders_request *request, cdecoders_result *result) {
  (void)request;
  cdecoders_fail(result, cdecoders_missing, "the library is not installed");
}
