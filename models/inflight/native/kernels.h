// The arithmetic of a decoding step, for one instruction set, as a table of functions.
//
// `kernels.cpp` is compiled once for each instruction set. Everything that it uses has internal
// linkage. The linker could take a shared inline function from the wrong set, which would end the
// process on an older processor. Each function computes a row from itself alone, always in the same
// order, so a row does not depend on the others.

#pragma once

#include <cstdint>

namespace kabar {

// Numbers of a row or column that share a scale and are Hadamard transformed together.
constexpr int GROUP = 128;
// Numbers of a column that one instruction multiplies and sums.
constexpr int QUAD = 4;
// Columns whose quads lie together, and columns to which a weight is padded.
constexpr int COLUMNS = 16, PAIR = 32;
// Gemma 3 270M: query heads, which share one head of keys and values, and their width.
constexpr int HEADS = 4, HEAD = 256;
// Number of logits in a block of the output layer, and in a piece of a block. A piece is skipped if
// all its logits are too small.
constexpr int BLOCK = 512, PIECE = 64;

// A weight [out, in]. `bytes` is [columns / COLUMNS, in / QUAD, COLUMNS, QUAD], where `columns` is
// `out` padded with zeros to a multiple of PAIR. `scales` and `zeros` have a number for each group
// of a column: [columns / COLUMNS, groups, COLUMNS]. A number of `zeros` is the sum of the group's
// numbers, times minus the zero point of rows.
struct Weight {
    const int8_t* bytes;
    const float* scales;
    const int32_t* zeros;
    int64_t in, out;
};

// Buffers for n rows [in] as bytes [tiles, in / step, rows of a tile, step]. The scales of their
// groups are [tiles, groups, rows of a tile].
struct Rows {
    uint8_t* bytes;
    float* scales;
    int64_t n, in;
};

// The best tokens of a row so far, best first.
struct Best {
    float* values;  // [count]
    int64_t* ids;   // [count]
    int64_t count, filled;
};

struct Kernels {
    const char* name;
    int sum_bits;  // of the first sums of products; decides how weights are rounded
    int rows;      // of a tile
    bool (*is_supported)();
    // Quantizes the group of a row that starts at number `at`.
    void (*quantize)(const Rows& rows, int64_t row, int64_t at, const float* numbers);
    // Multiplies the rows of tiles [first, end) by the PAIR columns of `pair`, into
    // result [rows, stride].
    void (*multiply)(const Rows& rows, int64_t first, int64_t end, const Weight& weight,
                     int64_t pair, float* result, int64_t stride);
    // numbers [size] = gelu(numbers) * up, with GELU's tanh form; size is a multiple of 16.
    void (*gate)(float* numbers, const float* up, int64_t size);
    // out = x / root mean square of x * factor; width is a multiple of 16.
    void (*norm)(const float* x, const float* factor, int64_t width, float epsilon, float* out);
    // x += normed y.
    void (*add_normed)(const float* y, const float* factor, int64_t width, float epsilon, float* x);
    // out = an embedding in bfloat16, times `factor`.
    void (*embed)(const uint16_t* embedding, int64_t width, float factor, float* out);
    // From the product [HEADS + 2, HEAD]: scaled queries [HEADS, HEAD], and a key and a value
    // [HEAD] in bfloat16. `rotation` is cos and sin [2, HEAD / 2] of the row's position.
    void (*heads)(const float* product, const float* q_norm, const float* k_norm,
                  const float* rotation, float epsilon, float* queries, uint16_t* key,
                  uint16_t* value);
    // Attention of queries [HEADS, HEAD] to slots [count] of keys and values [.., HEAD]. `weights`
    // [count + 3, HEADS] is scratch.
    void (*attend)(const float* queries, const uint16_t* keys, const uint16_t* values,
                   const int64_t* slots, int64_t count, float* weights, float* gathered);
    // Adds logits [size], whose first id is `first`, to the best. Returns their maximum, and in
    // `sum` the sum of e ** (logit - maximum). The sum is NaN if a logit is NaN or infinity.
    float (*rank)(const float* logits, int64_t size, int64_t first, Best& best, double* sum);
};

}  // namespace kabar
