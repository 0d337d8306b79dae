#include "support.h"

void cdecoders_tiff(const cdecoders_request *request, cdecoders_result *result) {
  (void)request;
  cdecoders_fail(result, cdecoders_missing, "the library is not installed");
}
