// Scalar products of vectors, by vector instructions of the processor.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Scalar products of `count` rows of `dim` numbers with `query`, and the squared lengths of the rows, computed in f32 in
/// 32 sums each. Rows lie one behind another and need no alignment.
void cvectors_products_f32(
    const void *rows, size_t count, size_t dim, const float *query, float *products, float *squares);

/// The same for rows in f16 (IEEE 754 binary16), which are widened exactly.
void cvectors_products_f16(
    const void *rows, size_t count, size_t dim, const float *query, float *products, float *squares);

/// The same without instructions for f16, for processors that have none; for tests.
void cvectors_products_f16_by_integers(
    const void *rows, size_t count, size_t dim, const float *query, float *products, float *squares);

/// The scalar product of a row of `dim` numbers in f32 with `query`, and the squared length of the row, computed in f64.
void cvectors_product_f64(const void *row, size_t dim, const double *query, double *product, double *square);

/// Widens `count` numbers from f16 to f32.
void cvectors_widen(const void *from, size_t count, float *to);
