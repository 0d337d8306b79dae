#pragma once

#include "CPixels.h"

// For every target position of an axis: the source positions that it is made of, and their weights (sum 1).
typedef struct {
  int *first, *count, *offset;
  float *weights;
  // Room for the taps of one position.
  double *pile;
  int positions, weight_room, taps, length;
  // The source positions that are needed: [low, high).
  int low, high;
  // Whether every target position is one source position, unchanged.
  bool identity;
} cpixels_axis;

// Weights for target positions [start, start + length) of `resized`, over `source` positions of which `extent` count.
bool cpixels_axis_make(
    cpixels_axis *axis, int source, double extent, int resized, int start, int length, cpixels_filter filter);
// Upper bounds for such weights, without making them: bytes, the source positions that are needed, and the number of
// target positions that one source position is part of.
size_t cpixels_axis_bytes(
    int source, double extent, int resized, int length, cpixels_filter filter, int *positions, int *overlap);
void cpixels_axis_free(cpixels_axis *axis);
